import { expiryOf } from '../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { isBreakGlass } from '../../../domain/api/notifications/notified-fields.ts'
import type { RequestEvent } from '../../../domain/api/notifications/notification.ts'
import { accountOf } from '../../../domain/identity.ts'
import { nextDue } from './due.ts'
import { createdMs, withPlaces, type Looking, type Notice, type WaitingViews } from './looking.ts'
import { policyNotices } from './policy-notices.ts'
import { subscriptionsOf } from './subscriptions.ts'
import { suspensionNotices } from './suspension-notices.ts'
import { deliveredEventsOf, type DeliveryMemory } from '../queue/delivery-memory.ts'

/** All names of one requester share a turn. */
const turnOf = ({ spec }: AccessRequest): string => accountOf((spec.requester?.username ?? '').toLowerCase())

/** A channel without the event of break-glass access receives it as a decision. */
const isTaken = (request: AccessRequest, event: RequestEvent): boolean => event === 'BreakGlass' || (event === 'Decided' && isBreakGlass(request))

/** The next events of one request, one for each channel at most. */
function* requestNotices(request: AccessRequest, { views, deliveries, nowMs }: Looking): Generator<readonly [string, Notice]> {
  const { grantName } = request.status ?? {}
  const grant = grantName === undefined ? undefined : views.grants.get(grantName)
  const { uid = request.metadata.name } = request.metadata
  const subscriptions = subscriptionsOf(request, (policy) => views.policies.get(policy))
  for (const [name, subscription] of withPlaces([...subscriptions], request, deliveries)) {
    const channel = views.channels.get(name)
    if (channel === undefined) continue
    const known = deliveredEventsOf(deliveries.of(request, name))
    const due = nextDue({ request, grant, subscription, delivered: known, channelSinceMs: createdMs(channel), nowMs })
    if (due === undefined) continue
    const ends = grant === undefined ? {} : { grantEndsAt: expiryOf(grant) }
    const urgent = isTaken(request, due.event) ? { urgent: true as const } : {}
    const about = { kind: 'AccessRequest', object: request, to: subscription.to } as const
    yield [name, { ...due, ...ends, ...urgent, ...about, key: `${uid}/${due.event}`, requester: turnOf(request) }]
  }
}

function* allNotices(looking: Looking): Generator<readonly [string, Notice]> {
  for (const request of looking.views.requests.list()) yield* requestNotices(request, looking)
  for (const suspension of looking.views.suspensions.list()) yield* suspensionNotices(suspension, looking)
  for (const policy of looking.views.policies.list()) yield* policyNotices(policy, looking)
}

/** All waiting events by channel, at most one of each object and channel: the next one waits until this one was sent. */
export function noticesOf(views: WaitingViews, deliveries: DeliveryMemory, nowMs: number): ReadonlyMap<string, readonly Notice[]> {
  const found = new Map<string, Notice[]>()
  for (const [name, notice] of allNotices({ views, deliveries, nowMs })) {
    const of = found.get(name)
    if (of === undefined) found.set(name, [notice])
    else of.push(notice)
  }
  return found
}
