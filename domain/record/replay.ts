import type { ChainLine } from './chain.ts'
import { EVENTS, type EventName, type EventOf } from './events.ts'

/** An event as read from records. The writer checked the fields, but a forged file may contain anything: only `verify` detects that. */
export type RecordedEvent<E extends EventName = EventName> = { readonly time: string } & { [N in E]: EventOf<N> }[E]

/** The events of one request, grouped by its audit ID. */
export type Played = {
  readonly auditID: string
  /** Time of the first event. */
  readonly time: string
  intent?: RecordedEvent<'request.intent'>
  refused?: RecordedEvent<'request.refused'>
  filed?: RecordedEvent<'hold.filed'>
  /** Decisions of reviewers. A decision is a request of its own; it has several when it covered several objects. */
  readonly access: RecordedEvent<'access.decided'>[]
  /** The grant that the decision extended. */
  extended?: RecordedEvent<'access.extended'>
  /** The part of a grant that its subject transferred. */
  transferred?: RecordedEvent<'access.transferred'>
  decided?: RecordedEvent<'hold.decided'>
  opened?: RecordedEvent<'stream.opened'>
  closed?: RecordedEvent<'stream.closed'>
  outcome?: RecordedEvent<'request.outcome'>
  readonly data: RecordedEvent<'stream.data'>[]
}

export type ReplayedSession = {
  /** Empty for requests of unauthenticated callers. */
  readonly session: string
  /** Users of the session: exactly one, unless the records were tampered with. */
  readonly users: readonly string[]
  readonly requests: readonly Played[]
}

/** The event of a line. Undefined for file events, and for events of a later version. */
export function eventOf(line: ChainLine): RecordedEvent | undefined {
  if (!Object.hasOwn(EVENTS, line.event)) return undefined
  const { seq: _, prev: __, hash: ___, ...event } = line
  return event as unknown as RecordedEvent
}

export const sessionOf = (event: RecordedEvent): string | undefined => ('session' in event ? event.session : undefined)
export const auditIDOf = (event: RecordedEvent): string | undefined => ('auditID' in event ? event.auditID : undefined)

/** How each event is added to its request. */
const PLACE: { readonly [E in EventName]?: (request: Played, event: never) => void } = {
  'request.intent': (request, event: RecordedEvent<'request.intent'>) => (request.intent = event),
  'request.refused': (request, event: RecordedEvent<'request.refused'>) => (request.refused = event),
  'request.outcome': (request, event: RecordedEvent<'request.outcome'>) => (request.outcome = event),
  'hold.filed': (request, event: RecordedEvent<'hold.filed'>) => (request.filed = event),
  'hold.decided': (request, event: RecordedEvent<'hold.decided'>) => (request.decided = event),
  'access.decided': (request, event: RecordedEvent<'access.decided'>) => {
    // An apiserver that was killed may record its last decision twice.
    const same = ({ request: name, decision }: RecordedEvent<'access.decided'>): boolean => name === event.request && decision === event.decision
    if (!request.access.some(same)) request.access.push(event)
  },
  'access.extended': (request, event: RecordedEvent<'access.extended'>) => (request.extended = event),
  'access.transferred': (request, event: RecordedEvent<'access.transferred'>) => (request.transferred = event),
  'stream.opened': (request, event: RecordedEvent<'stream.opened'>) => (request.opened = event),
  'stream.closed': (request, event: RecordedEvent<'stream.closed'>) => (request.closed = event),
  'stream.data': (request, event: RecordedEvent<'stream.data'>) => request.data.push(event),
}

/** The sessions in events of any order, each sorted by time; events with equal times keep their order. */
export function sessionsOf(events: readonly RecordedEvent[]): readonly ReplayedSession[] {
  const requests = new Map<string, Played>()
  const sessions = new Map<string, { readonly users: Set<string>; readonly requests: Set<Played> }>()
  for (const event of events.toSorted((left, right) => (left.time < right.time ? -1 : Number(left.time > right.time)))) {
    const auditID = auditIDOf(event)
    if (auditID === undefined) continue
    const request = requests.get(auditID) ?? { auditID, time: event.time, access: [], data: [] }
    requests.set(auditID, request)
    PLACE[event.event]?.(request, event as never)
    const name = sessionOf(event) ?? ''
    const session = sessions.get(name) ?? { users: new Set<string>(), requests: new Set<Played>() }
    sessions.set(name, session)
    session.requests.add(request)
    if ('user' in event && event.user !== undefined) session.users.add(event.user)
  }
  return [...sessions].map(([session, { users, requests: played }]) => ({ session, users: [...users], requests: [...played] }))
}
