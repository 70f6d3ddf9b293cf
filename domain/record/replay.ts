import type { ChainLine } from './chain.ts'
import { EVENTS, type EventName, type EventOf } from './events.ts'

/** An event as read from records. The writer checked the fields, but a forged file may contain anything: only `verify` detects that. */
export type Recorded<E extends EventName = EventName> = { readonly time: string } & { [N in E]: EventOf<N> }[E]

/** The events of one request, grouped by its audit ID. */
export type Played = {
  readonly auditID: string
  /** Time of the first event. */
  readonly time: string
  intent?: Recorded<'request.intent'>
  refused?: Recorded<'request.refused'>
  filed?: Recorded<'hold.filed'>
  /** Decisions of reviewers. A decision is a request of its own; it has several when it covered several objects. */
  readonly access: Recorded<'access.decided'>[]
  /** The grant that the decision extended. */
  extended?: Recorded<'access.extended'>
  /** The part of a grant that its subject transferred. */
  transferred?: Recorded<'access.transferred'>
  decided?: Recorded<'hold.decided'>
  opened?: Recorded<'stream.opened'>
  closed?: Recorded<'stream.closed'>
  outcome?: Recorded<'request.outcome'>
  readonly data: Recorded<'stream.data'>[]
}

export type Session = {
  /** Empty for requests of unauthenticated callers. */
  readonly session: string
  /** Users of the session: exactly one, unless the records were tampered with. */
  readonly users: readonly string[]
  readonly requests: readonly Played[]
}

/** The event of a line. Undefined for file events, and for events of a later version. */
export function eventOf(line: ChainLine): Recorded | undefined {
  if (!Object.hasOwn(EVENTS, line.event)) return undefined
  const { seq: _, prev: __, hash: ___, ...event } = line
  return event as unknown as Recorded
}

export const sessionOf = (event: Recorded): string | undefined => ('session' in event ? event.session : undefined)
export const auditIDOf = (event: Recorded): string | undefined => ('auditID' in event ? event.auditID : undefined)

/** How each event is added to its request. */
const PLACE: { readonly [E in EventName]?: (request: Played, event: never) => void } = {
  'request.intent': (request, event: Recorded<'request.intent'>) => (request.intent = event),
  'request.refused': (request, event: Recorded<'request.refused'>) => (request.refused = event),
  'request.outcome': (request, event: Recorded<'request.outcome'>) => (request.outcome = event),
  'hold.filed': (request, event: Recorded<'hold.filed'>) => (request.filed = event),
  'hold.decided': (request, event: Recorded<'hold.decided'>) => (request.decided = event),
  'access.decided': (request, event: Recorded<'access.decided'>) => {
    // An apiserver that was killed may record its last decision twice.
    const same = ({ request: name, decision }: Recorded<'access.decided'>): boolean => name === event.request && decision === event.decision
    if (!request.access.some(same)) request.access.push(event)
  },
  'access.extended': (request, event: Recorded<'access.extended'>) => (request.extended = event),
  'access.transferred': (request, event: Recorded<'access.transferred'>) => (request.transferred = event),
  'stream.opened': (request, event: Recorded<'stream.opened'>) => (request.opened = event),
  'stream.closed': (request, event: Recorded<'stream.closed'>) => (request.closed = event),
  'stream.data': (request, event: Recorded<'stream.data'>) => request.data.push(event),
}

/** The sessions in events of any order, each sorted by time; events with equal times keep their order. */
export function sessionsOf(events: readonly Recorded[]): readonly Session[] {
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
