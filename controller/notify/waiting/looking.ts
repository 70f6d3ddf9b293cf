import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { AccessSuspension } from '../../../domain/api/access-suspension.ts'
import { MAX_DELIVERIES } from '../../../domain/api/notifications/notification.ts'
import type { NotificationChannel } from '../../../domain/api/notifications/notification-channel.ts'
import type { ObjectMeta } from '../../../domain/api/object-meta.ts'
import type { Happened } from '../messages/message.ts'
import type { NotifiedObject, DeliveryMemory } from '../queue/delivery-memory.ts'

/** An event that waits to be sent to one channel. */
export type Notice = Happened & {
  readonly key: string
  /** Whose turn it takes. */
  readonly requester: string
  /** Set if it cannot wait, whatever the event. */
  readonly urgent?: true
  /** Set if it must not be summarized. */
  readonly alone?: true
}

/** What waiting events are derived from. */
export type WaitingViews = {
  readonly policies: { list(): readonly AccessPolicy[]; get(name: string): AccessPolicy | undefined }
  readonly channels: { get(name: string): NotificationChannel | undefined }
  readonly grants: { get(name: string): AccessGrant | undefined }
  readonly requests: { list(): readonly AccessRequest[] }
  readonly suspensions: { list(): readonly AccessSuspension[] }
}
export type Looking = { readonly views: WaitingViews; readonly deliveries: DeliveryMemory; readonly nowMs: number }

export const createdMs = ({ metadata }: { readonly metadata: ObjectMeta }): number => Date.parse(metadata.creationTimestamp ?? '') || 0

/** The channels that have a place in the status, the first ones. What has none would be repeated by each leader. */
export function withPlaces<T>(
  channels: readonly (readonly [string, T])[],
  object: NotifiedObject,
  deliveries: DeliveryMemory,
): readonly (readonly [string, T])[] {
  let places = MAX_DELIVERIES - deliveries.all(object).length
  return channels.filter(([name]) => deliveries.of(object, name) !== undefined || places-- > 0)
}
