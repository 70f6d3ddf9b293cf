import type { MAX_OF_RUN } from '../../api/access-session.ts'
import type { RecordedEvent } from '../replay.ts'

/** A pause of this length ends a session. The next request of the identity begins another one. */
export const IDLE_MS = 30 * 60_000

/** The lists of a run that {@link MAX_OF_RUN} bounds. `cut` names those that are longer. */
export type Bounded = keyof typeof MAX_OF_RUN

/** A terminal stream, which can be replayed. */
export type Terminal = {
  readonly auditID: string
  readonly stream: 'exec' | 'attach'
  readonly openedMs: number
  /** Absent when the stream runs no command. Shortened. */
  readonly command?: string
}

/** The namespace of a request under the policy that decided it. Empty for requests at the cluster scope. */
export type PolicyInNamespace = { readonly policy: string; readonly namespace: string }

/** What one identity did without a pause of IDLE_MS, as far as the records that were read tell. Can be sent as JSON. */
export type Run = {
  /** Session of the records: one identity of one issuer. */
  readonly session: string
  /** Time of the first event. */
  readonly startMs: number
  /** Begin of the earliest request or stream that was open during the run. It can be before the first event that was read. */
  readonly reachMs: number
  /** Time of the last event. */
  readonly lastMs: number
  /** Empty when no event that was read names the user, and when events name different users. */
  readonly user: string
  /** Whether events name different users, which an honest gateway never records. */
  readonly disputed?: boolean
  /** Absent for a ServiceAccount token, or when no event that was read names it. */
  readonly issuer?: string
  readonly forwarded: number
  readonly refused: number
  readonly held: number
  readonly streams: number
  /** Requests that were refused and only counted. */
  readonly unrecorded: number
  readonly policies: readonly string[]
  readonly grants: readonly string[]
  /** AccessRequests for held operations. */
  readonly requests: readonly string[]
  readonly places: readonly PolicyInNamespace[]
  readonly terminals: readonly Terminal[]
  /** Terminals beyond the list. Absent when there are none. */
  readonly moreTerminals?: number
  /** Hosts whose gateways wrote the events. */
  readonly writers: readonly string[]
  /** Lists that are not complete. */
  readonly cut: readonly Bounded[]
}

const COUNTED = {
  'request.intent': 'forwarded',
  'request.refused': 'refused',
  'hold.filed': 'held',
  'stream.opened': 'streams',
} as const

/** What an agent does. Decisions of approvers are not among it. */
const OF_AN_AGENT = [
  'request.intent',
  'request.refused',
  'request.outcome',
  'requests.unrecorded',
  'hold.filed',
  'hold.decided',
  'stream.opened',
  'stream.data',
  'stream.closed',
] as const
const KNOWN: ReadonlySet<string> = new Set(OF_AN_AGENT)

type Activity = RecordedEvent<(typeof OF_AN_AGENT)[number]> & { readonly session: string }

/** Whether the event is something that the agent of a session did. */
export const isActivity = (event: RecordedEvent): event is Activity =>
  KNOWN.has(event.event) && 'session' in event && typeof event.session === 'string' && event.session !== ''

/** Characters of a command that are kept. */
const MAX_COMMAND = 200

function terminalOf(event: RecordedEvent, openedMs: number): readonly Terminal[] {
  if (event.event !== 'stream.opened' || (event.stream !== 'exec' && event.stream !== 'attach')) return []
  const command = event.command?.join(' ').slice(0, MAX_COMMAND)
  return [{ auditID: event.auditID, stream: event.stream, openedMs, ...(command === undefined ? {} : { command }) }]
}

/** How long the request or stream of the event had been open. */
function openForMs(event: Activity): number {
  if (event.event === 'stream.data') return event.offsetMs
  if (event.event === 'stream.closed' || event.event === 'request.outcome') return event.durationMs
  return event.event === 'hold.decided' ? event.waitedMs : 0
}

const given = (value: string | undefined): readonly string[] => (value === undefined || value === '' ? [] : [value])

const placesOf = (event: Activity): readonly PolicyInNamespace[] =>
  isDecided(event) && event.policy !== undefined ? [{ policy: event.policy, namespace: event.namespace ?? '' }] : []

type Decided = RecordedEvent<'request.intent' | 'request.refused'>

const isDecided = (event: Activity): event is Activity & Decided => event.event === 'request.intent' || event.event === 'request.refused'

const userOf = (event: Activity): string => (isDecided(event) || event.event === 'requests.unrecorded' ? (event.user ?? '') : '')

const issuerOf = (event: Activity): Pick<Run, 'issuer'> =>
  event.event === 'request.intent' && event.issuer !== undefined ? { issuer: event.issuer } : {}

const grantsOf = (event: Activity): readonly string[] =>
  event.event === 'request.intent' || event.event === 'hold.decided' ? given(event.grant) : []

/** The run of a single event. @param writer the host that wrote it */
export function runOf(event: Activity, writer: string): Run {
  const timeMs = Date.parse(event.time)
  const counted = (name: keyof typeof COUNTED): number => Number(event.event === name)
  return {
    session: event.session,
    startMs: timeMs,
    reachMs: timeMs - openForMs(event),
    lastMs: timeMs,
    user: userOf(event),
    ...issuerOf(event),
    forwarded: counted('request.intent'),
    refused: counted('request.refused'),
    held: counted('hold.filed'),
    streams: counted('stream.opened'),
    unrecorded: event.event === 'requests.unrecorded' ? event.count : 0,
    policies: isDecided(event) ? given(event.policy) : [],
    grants: grantsOf(event),
    requests: event.event === 'hold.filed' ? [event.request] : [],
    places: placesOf(event),
    terminals: terminalOf(event, timeMs),
    writers: given(writer),
    cut: [],
  }
}
