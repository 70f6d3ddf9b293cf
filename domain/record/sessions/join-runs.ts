import { IDLE_MS, MOST, type Bounded, type Run } from './run.ts'

type List = { readonly [list in Bounded]: Run[list][number] }

const KEY: { readonly [list in Bounded]: (entry: List[list]) => string } = {
  policies: (name) => name,
  grants: (name) => name,
  requests: (name) => name,
  places: ({ policy, namespace }) => `${policy}/${namespace}`,
  terminals: ({ auditID }) => auditID,
  writers: (name) => name,
}
const LISTS = Object.keys(KEY) as readonly Bounded[]

/** The first entries of both lists, each once. */
function joinLists<L extends Bounded>(list: L, one: Run, other: Run): { readonly joined: readonly List[L][]; readonly cut: boolean } {
  const [mine, its] = [one[list] as readonly List[L][], other[list] as readonly List[L][]]
  if (its.length === 0) return { joined: mine, cut: false }
  const known = new Set(mine.map(KEY[list]))
  const added = its.filter((entry) => !known.has(KEY[list](entry)))
  if (added.length === 0) return { joined: mine, cut: false }
  const all = [...mine, ...added]
  return { joined: all.slice(0, MOST[list]), cut: all.length > MOST[list] }
}

/** One run that did what both did. They belong to the same session. */
export function joinTwo(one: Run, other: Run): Run {
  const joined = Object.fromEntries(LISTS.map((list) => [list, joinLists(list, one, other)])) as {
    readonly [list in Bounded]: { readonly joined: Run[list]; readonly cut: boolean }
  }
  const cut = LISTS.filter((list) => joined[list].cut || one.cut.includes(list) || other.cut.includes(list))
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
    policies: joined.policies.joined,
    grants: joined.grants.joined,
    requests: joined.requests.joined,
    places: joined.places.joined,
    terminals: joined.terminals.joined,
    writers: joined.writers.joined,
    cut,
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
