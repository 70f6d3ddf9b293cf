import { MAX_OF_RUN } from '../../api/access-session.ts'
import { IDLE_MS, type Bounded, type Run } from './run.ts'

type List = { readonly [list in Bounded]: Run[list][number] }

const isSame = <T>(one: T, other: T): boolean => one === other
const SAME: { readonly [list in Bounded]: (one: List[list], other: List[list]) => boolean } = {
  policies: isSame,
  grants: isSame,
  requests: isSame,
  places: (one, other) => one.namespace === other.namespace && one.policy === other.policy,
  terminals: (one, other) => one.auditID === other.auditID,
  writers: isSame,
}

/** The entries of the second list that the first one has not. Called for each event of a file, which has one entry at most. */
function missingIn<L extends Bounded>(list: L, one: Run, other: Run): readonly List[L][] {
  const [mine, its] = [one[list] as readonly List[L][], other[list] as readonly List[L][]]
  if (its.length === 0) return its
  return its.filter((entry) => !mine.some((known) => SAME[list](known, entry)))
}

/** The lists of a run, with those entries of the other that fit. */
function joinLists(one: Run, other: Run): Pick<Run, Bounded | 'cut'> {
  const cut = new Set(one.cut)
  for (const list of other.cut) cut.add(list)
  const joined = <L extends Bounded>(list: L): Run[L] => {
    const missing = missingIn(list, one, other)
    if (missing.length === 0) return one[list]
    const all = [...(one[list] as readonly List[L][]), ...missing]
    if (all.length > MAX_OF_RUN[list]) cut.add(list)
    return all.slice(0, MAX_OF_RUN[list]) as unknown as Run[L]
  }
  const lists = {
    policies: joined('policies'),
    grants: joined('grants'),
    requests: joined('requests'),
    places: joined('places'),
    terminals: joined('terminals'),
    writers: joined('writers'),
  }
  return { ...lists, cut: [...cut] }
}

/** Each stream opens once, so terminals can be counted beyond the list. The names of the other lists repeat, and cannot. */
function moreTerminals(one: Run, other: Run): Pick<Run, 'moreTerminals'> {
  const listed = one.terminals.length + missingIn('terminals', one, other).length
  const more = (one.moreTerminals ?? 0) + (other.moreTerminals ?? 0) + Math.max(0, listed - MAX_OF_RUN.terminals)
  return more === 0 ? {} : { moreTerminals: more }
}

/** One run that did what both did. They belong to the same session. */
export function joinTwo(one: Run, other: Run): Run {
  const issuer = one.issuer ?? other.issuer
  const disputed = one.disputed === true || other.disputed === true || (one.user !== '' && other.user !== '' && one.user !== other.user)
  return {
    session: one.session,
    startMs: Math.min(one.startMs, other.startMs),
    reachMs: Math.min(one.reachMs, other.reachMs),
    lastMs: Math.max(one.lastMs, other.lastMs),
    user: disputed ? '' : one.user === '' ? other.user : one.user,
    ...(disputed ? { disputed } : {}),
    ...(issuer === undefined ? {} : { issuer }),
    forwarded: one.forwarded + other.forwarded,
    refused: one.refused + other.refused,
    held: one.held + other.held,
    streams: one.streams + other.streams,
    unrecorded: one.unrecorded + other.unrecorded,
    ...joinLists(one, other),
    ...moreTerminals(one, other),
  }
}

/** Whether no pause of IDLE_MS is between two runs of the same session. */
export const touches = (one: Run, other: Run): boolean => Math.max(one.reachMs, other.reachMs) - Math.min(one.lastMs, other.lastMs) < IDLE_MS

/**
 * Joins runs between which no pause is. Runs of files and of gateways can be joined in any order and grouping. The result is sorted by session and by
 * start.
 */
export function joinRuns(runs: readonly Run[]): readonly Run[] {
  const joined: Run[] = []
  const inOrder = runs.toSorted((one, other) => (one.session < other.session ? -1 : one.session > other.session ? 1 : one.reachMs - other.reachMs))
  for (const run of inOrder) {
    const last = joined.at(-1)
    if (last?.session === run.session && touches(last, run)) joined[joined.length - 1] = joinTwo(last, run)
    else joined.push(run)
  }
  return joined
}
