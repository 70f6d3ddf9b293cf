import { isInForce, type AccessSuspension } from '../../../domain/api/access-suspension.ts'
import { conditionOf } from '../../../domain/api/conditions.ts'
import { eventsOf } from '../../../domain/api/notifications/notification.ts'
import type { Audience } from '../messages/base.ts'
import { concernedPolicies } from './concerned-policies.ts'
import { NEWS_MS } from './due.ts'
import { createdMs, withPlaces, type Looking, type Notice } from './looking.ts'
import { deliveredEventsOf } from '../queue/delivery-memory.ts'

/** No user has this name. */
const TURN = 'jit.access:suspensions'

const liftedMs = ({ status }: AccessSuspension): number => Date.parse(conditionOf(status?.conditions, 'Lifted')?.lastTransitionTime ?? '')

/** The channels of the policies whose agents the suspension stops, and those that were notified of it. */
function audiences(suspension: AccessSuspension, { views, deliveries }: Looking): ReadonlyMap<string, Audience> {
  const found = new Map<string, Audience>(deliveries.all(suspension).map(({ channel }) => [channel, 'Approvers']))
  for (const { spec } of concernedPolicies(suspension, views.policies.list(), views.requests.list()))
    for (const { channel, to = 'Approvers' } of (spec.notifications ?? []).filter((each) => eventsOf(each).includes('Suspended')))
      if (found.get(channel) !== 'Approvers') found.set(channel, to)
  return found
}

/** A suspension that is lifted before a channel was notified of it is reported once, as lifted. */
export function* suspensionNotices(suspension: AccessSuspension, looking: Looking): Generator<readonly [string, Notice]> {
  const { views, deliveries, nowMs } = looking
  const [event, atMs] = isInForce(suspension) ? (['Suspended', createdMs(suspension)] as const) : (['Lifted', liftedMs(suspension)] as const)
  if (!(nowMs - atMs < NEWS_MS)) return
  const { name, uid = name } = suspension.metadata
  for (const [channel, to] of withPlaces([...audiences(suspension, looking)], suspension, deliveries)) {
    const found = views.channels.get(channel)
    if (found === undefined || atMs < createdMs(found) || deliveredEventsOf(deliveries.of(suspension, channel)).has(event)) continue
    yield [channel, { kind: 'AccessSuspension', object: suspension, event, to, atMs, key: `${uid}/${event}`, requester: TURN }]
  }
}
