import type { DeliveryEventName } from '../../../domain/api/notifications/notification.ts'

export type Audience = 'Approvers' | 'Requester'

/**
 * What the messages about all kinds have. All texts are one line, bounded, and without well-known tokens. They are not escaped for a channel: some are
 * the words of an agent, or quote names that an agent chose.
 */
export type MessageBase = {
  /** Stable for one event of one object, so that receivers can recognize a repetition. */
  readonly id: string
  readonly event: DeliveryEventName
  readonly to: Audience
  readonly atMs: number
  readonly kind: 'AccessRequest' | 'AccessSuspension' | 'AccessPolicy'
  /** Name and UID of the object. */
  readonly name: string
  readonly uid: string
  /** Page of the object. Absent without a console. */
  readonly url?: string
  /** The command that shows the object. */
  readonly command: string
}
