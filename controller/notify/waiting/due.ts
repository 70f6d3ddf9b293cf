import { expiryMsOf, grantPhase, type AccessGrant } from '../../../domain/api/access-grant.ts'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { isBreakGlass, sinceMs } from '../../../domain/api/notifications/notified-fields.ts'
import { REQUEST_EVENTS, type RequestEvent, type DeliveryEventName } from '../../../domain/api/notifications/notification.ts'
import type { Subscription } from './subscriptions.ts'

/** An event of a request that a channel must be notified of now. */
export type Due = { readonly event: RequestEvent; readonly atMs: number }

/** Older events are not news. A request that still waits is news at any age. */
export const NEWS_MS = 24 * 3_600_000
/** How long before its end a grant is expiring: this, or a quarter of its lifetime if that is shorter. */
const EXPIRING_MS = 5 * 60_000

const createdMs = ({ metadata }: AccessRequest): number => Date.parse(metadata.creationTimestamp ?? '') || 0

function decidedMs(request: AccessRequest, nowMs: number): number | undefined {
  const phase = requestPhase(request.status, nowMs)
  if (phase === 'Pending') return undefined
  const expires = request.status?.expiresAt
  return sinceMs(request, phase) ?? (phase === 'Expired' && expires !== undefined ? Date.parse(expires) : createdMs(request))
}

function expiringMs(grant: AccessGrant, nowMs: number): number | undefined {
  if (grantPhase(grant, nowMs) !== 'Active') return undefined
  const [from, to] = [Date.parse(grant.spec.notBefore), expiryMsOf(grant)]
  const beginsMs = to - Math.min(EXPIRING_MS, (to - from) / 4)
  return nowMs >= beginsMs ? beginsMs : undefined
}

const unusedMs = (grant: AccessGrant, nowMs: number): number | undefined =>
  grantPhase(grant, nowMs) === 'Expired' && (grant.status?.uses ?? 0) === 0 ? expiryMsOf(grant) : undefined

/** When the event happened. Undefined while it has not, and for `Requested` once the request is decided. */
function happenedMs(event: RequestEvent, { request, grant, nowMs }: Pick<DueOf, 'request' | 'grant' | 'nowMs'>): number | undefined {
  switch (event) {
    case 'BreakGlass':
      return isBreakGlass(request) ? createdMs(request) : undefined
    case 'Requested':
      return requestPhase(request.status, nowMs) === 'Pending' ? createdMs(request) : undefined
    case 'Decided':
      return decidedMs(request, nowMs)
    case 'Expiring':
      return grant === undefined ? undefined : expiringMs(grant, nowMs)
    case 'ExpiredUnused':
      return grant === undefined ? undefined : unusedMs(grant, nowMs)
  }
}

export type DueOf = {
  readonly request: AccessRequest
  readonly grant: AccessGrant | undefined
  readonly subscription: Subscription
  /** What the channel was notified of already, whatever the outcome. */
  readonly delivered: ReadonlySet<DeliveryEventName>
  /** When the channel was created, in milliseconds. It is not notified of what happened before, except that a request still waits. */
  readonly channelSinceMs: number
  readonly nowMs: number
}

/** The next event to tell, in the order in which events happen to a request. Undefined if there is none. */
export function nextDue({ request, grant, subscription, delivered, channelSinceMs, nowMs }: DueOf): Due | undefined {
  const latest = REQUEST_EVENTS.findLastIndex((event) => delivered.has(event))
  for (const event of REQUEST_EVENTS.slice(latest + 1)) {
    if (!subscription.events.has(event)) continue
    // Break-glass access is approved in the moment in which it is taken: one message says both.
    if (event === 'Decided' && delivered.has('BreakGlass') && requestPhase(request.status, nowMs) === 'Approved') continue
    const atMs = happenedMs(event, { request, grant, nowMs })
    if (atMs === undefined) continue
    if (event === 'Requested' || (nowMs - atMs < NEWS_MS && atMs >= channelSinceMs)) return { event, atMs }
  }
  return undefined
}
