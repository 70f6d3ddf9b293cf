import type { MissingGateway } from '../../domain/api/access-session.ts'
import { joinRuns } from '../../domain/record/sessions/join-runs.ts'
import { IDLE_MS, type Run } from '../../domain/record/sessions/run.ts'
import { means, readSessionName } from '../../domain/record/sessions/session-name.ts'
import { StatusError } from '../../domain/status-error.ts'
import { compareKeys, type Key, type KeyedEvent, type RunPage, type RunQuery, type SessionSource } from '../../server/records/sessions/source.ts'
import { findStream, type FoundStream } from './find-stream.ts'
import { gather, type Gathered } from './gather.ts'
import type { Gateways, NamedSource } from './gateways.ts'

export type RunList = {
  /** Sorted by session and start. */
  readonly runs: readonly Run[]
  /** Where the next page begins. */
  readonly next?: string
  readonly missing: readonly MissingGateway[]
}
export type EventList = {
  readonly events: readonly KeyedEvent[]
  readonly more: boolean
  readonly unreadable: number
  readonly missing: readonly MissingGateway[]
}
export type ListRuns = Pick<RunQuery, 'sinceMs' | 'untilMs' | 'users' | 'after' | 'limit'>

/**
 * The gateways that may be asked for what is in a session, by name. Who may see a session is judged by what these said of it, so that nothing is shown of
 * one that was away then. All of them only for who sees every session.
 */
export type Heard = ReadonlySet<string> | 'all'

/** The sessions of all gateways. */
export type Sessions = {
  list(query: ListRuns, gone: AbortSignal): Promise<RunList>
  find(
    name: string,
    gone: AbortSignal,
  ): Promise<{ readonly run: Run | undefined; readonly missing: readonly MissingGateway[]; readonly heard: Heard }>
  events(run: Run, page: { readonly after?: Key | undefined; readonly limit: number; readonly heard: Heard }, gone: AbortSignal): Promise<EventList>
  /** The events of a stream. @throws Error when a gateway breaks off */
  stream(run: Run, stream: { readonly auditID: string; readonly heard: Heard }, gone: AbortSignal): Promise<FoundStream>
}

/** Runs of one session that a gateway returns. */
const MAX_RUNS = 1000
/** Questions until the whole of a session is known. Gateways that take turns need some, and each looks four times as far as the one before: the last, years. */
const MAX_ROUNDS = 8

const UNCONFIGURED: MissingGateway = { gateway: 'none', message: 'no gateways are configured at jit-apiserver' }

/** A gateway that has not read all its files yet leaves out sessions. */
const unread = ({ answers }: Gathered<RunPage>): readonly MissingGateway[] =>
  answers
    .filter(({ value }) => value.incomplete)
    .map(({ source }) => ({ gateway: source.name, message: 'it has not read all its records yet; older sessions may be missing' }))

/** The first session after which a gateway has more. What others have beyond it belongs to a later page. */
const endOf = (pages: readonly RunPage[]): string | undefined => pages.flatMap(({ more }) => (more === undefined ? [] : [more])).toSorted()[0]

const spanOf = ({ session, startMs, lastMs }: Run) => ({ session, fromMs: startMs, toMs: lastMs })

const UNHEARD = { failure: 'it did not say what it has of this session' } as const

const only = (known: readonly NamedSource[], heard: Heard): readonly NamedSource[] =>
  known.map((each) => (heard === 'all' || heard.has(each.name) ? each : { name: each.name, source: UNHEARD }))

/** @param missed called with the number of gateways that are missing in an answer. Optional */
export function createSessions(gateways: Gateways | undefined, missed: (missing: number) => void = () => undefined): Sessions {
  const sources = (): Promise<readonly NamedSource[]> => gateways?.sources() ?? Promise.resolve([])
  const unconfigured = gateways === undefined ? [UNCONFIGURED] : []

  const ask = async <T extends { readonly folder: string }>(
    known: readonly NamedSource[],
    question: (source: SessionSource, signal: AbortSignal) => Promise<T>,
    gone: AbortSignal,
  ): Promise<Gathered<T>> => {
    const found = await gather(known, question, { gone })
    missed(found.missing.length)
    return found
  }

  const list: Sessions['list'] = async (query, gone) => {
    const found = await ask(await sources(), (source, signal) => source.runs(query, signal), gone)
    const pages = found.answers.map(({ value }) => value)
    const end = endOf(pages)
    const runs = joinRuns(pages.flatMap((page) => page.runs.filter(({ session }) => end === undefined || session <= end)))
    return { runs, ...(end === undefined ? {} : { next: end }), missing: [...unconfigured, ...found.missing, ...unread(found)] }
  }

  const find: Sessions['find'] = async (name, gone) => {
    const read = readSessionName(name)
    if (read === undefined) return { run: undefined, missing: [], heard: new Set() }
    const { session, secondMs } = read
    const known = await sources()
    // One that is away is asked once: it would delay each question.
    let asked = known
    const missing: MissingGateway[] = [...unconfigured]
    let span = { sinceMs: secondMs - IDLE_MS, untilMs: secondMs + IDLE_MS }
    for (let round = 1; ; round += 1) {
      const query = { ...span, session, limit: MAX_RUNS }
      const found = await ask(asked, (source, signal) => source.runs(query, signal), gone)
      missing.push(...found.missing)
      asked = asked.filter(({ name: each }) => !missing.some(({ gateway }) => gateway === each))
      const runs = joinRuns(found.answers.flatMap(({ value }) => value.runs).filter((run) => run.session === session))
      const run = runs.find((each) => means(read, each))
      const late = unread(found)
      const heard = new Set(asked.map(({ name: each }) => each).filter((each) => !late.some(({ gateway }) => gateway === each)))
      const answer = { run, missing: [...missing, ...late], heard }
      if (run === undefined) return answer
      // Another gateway can have a part before or after it, and who was the user of that is judged as well.
      const [isBegun, isEnded] = [span.sinceMs <= run.reachMs - IDLE_MS, run.lastMs + IDLE_MS <= span.untilMs]
      if (isBegun && isEnded) return answer
      if (round === MAX_ROUNDS) {
        const details = { retryAfterSeconds: 5 }
        throw new StatusError('ServiceUnavailable', 'the gateways do not agree on when the session began and ended', { details })
      }
      const further = IDLE_MS * 4 ** round
      span = { sinceMs: isBegun ? span.sinceMs : run.reachMs - further, untilMs: isEnded ? span.untilMs : run.lastMs + further }
    }
  }

  const events: Sessions['events'] = async (run, { after, limit, heard }, gone) => {
    const query = { ...spanOf(run), limit, ...(after === undefined ? {} : { after }) }
    const found = await ask(only(await sources(), heard), (source, signal) => source.events(query, signal), gone)
    const pages = found.answers.map(({ value }) => value)
    const all = pages.flatMap((page) => page.events).toSorted((one, other) => compareKeys(one.key, other.key))
    // Beyond the end of a page that has more, events of its gateway would be missing.
    const ends = pages.flatMap((page) => (page.more ? page.events.slice(-1).map(({ key }) => key) : []))
    const whole = all.filter(({ key }) => ends.every((end) => compareKeys(key, end) <= 0))
    const shown = whole.slice(0, limit)
    return {
      events: shown,
      more: shown.length < all.length || pages.some((page) => page.more),
      unreadable: pages.reduce((sum, page) => sum + page.unreadable, 0),
      missing: [...unconfigured, ...found.missing],
    }
  }

  const stream: Sessions['stream'] = async (run, { auditID, heard }, gone) => {
    const openedMs = run.terminals.find((terminal) => terminal.auditID === auditID)?.openedMs ?? run.startMs
    const query = { session: run.session, auditID, fromMs: openedMs, toMs: run.lastMs }
    const found = await findStream(only(await sources(), heard), query, gone)
    return { ...found, missing: [...unconfigured, ...found.missing] }
  }
  return { list, find, events, stream }
}
