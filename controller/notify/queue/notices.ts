import { expiryOf, type AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { NotificationChannel } from '../../../domain/api/notifications/notification-channel.ts'
import type { Happened } from '../messages/message.ts'
import { nextDue } from './due.ts'
import { subscriptionsOf } from './subscriptions.ts'
import { eventsToldOf, type ToldMemory } from './told.ts'

/** An event that waits to be sent to one channel. */
export type Notice = Happened & { readonly key: string; readonly requester: string }

export type Views = {
  readonly policies: { get(name: string): AccessPolicy | undefined }
  readonly channels: { get(name: string): NotificationChannel | undefined }
  readonly grants: { get(name: string): AccessGrant | undefined }
  readonly requests: { list(): readonly AccessRequest[] }
}

type Looking = { readonly views: Views; readonly told: ToldMemory; readonly nowMs: number }

const sinceMs = ({ metadata }: NotificationChannel): number => Date.parse(metadata.creationTimestamp ?? '') || 0

/** The next events of one request, one for each channel at most. */
function* noticesFor(request: AccessRequest, { views, told, nowMs }: Looking): Generator<readonly [string, Notice]> {
  const { grantName } = request.status ?? {}
  const grant = grantName === undefined ? undefined : views.grants.get(grantName)
  const { uid = request.metadata.name } = request.metadata
  for (const [name, subscription] of subscriptionsOf(request, (policy) => views.policies.get(policy))) {
    const channel = views.channels.get(name)
    if (channel === undefined) continue
    const known = eventsToldOf(told.of(request, name))
    const due = nextDue({ request, grant, subscription, told: known, channelSinceMs: sinceMs(channel), nowMs })
    if (due === undefined) continue
    const ends = grant === undefined ? {} : { grantEndsAt: expiryOf(grant) }
    const requester = request.spec.requester?.username ?? ''
    yield [name, { ...due, ...ends, request, to: subscription.to, key: `${uid}/${due.event}`, requester }]
  }
}

/** All waiting events by channel, at most one of each request and channel: the next one waits until this one was sent. */
export function noticesOf(views: Views, told: ToldMemory, nowMs: number): ReadonlyMap<string, readonly Notice[]> {
  const found = new Map<string, Notice[]>()
  for (const request of views.requests.list()) {
    for (const [name, notice] of noticesFor(request, { views, told, nowMs })) {
      const of = found.get(name)
      if (of === undefined) found.set(name, [notice])
      else of.push(notice)
    }
  }
  return found
}
