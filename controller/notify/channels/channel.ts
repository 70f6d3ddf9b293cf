import { typesOf, type NotificationChannelSpec } from '../../../domain/api/notifications/notification-channel.ts'
import type { Digest } from '../messages/digest.ts'
import type { NotificationMessage } from '../messages/message.ts'

/**
 * Unavailable: the channel does not work now, and every message waits. Rejected: the channel works, but does not accept this message. Unready: the
 * channel is not set up, for example its Secret is missing.
 */
export type FailureReason = 'Unavailable' | 'Rejected' | 'Unready'

/** A failed attempt. The message goes to the status of the channel and to logs: it never quotes a response, a credential or a URL. */
export class DeliveryError extends Error {
  readonly reason: FailureReason
  readonly retryAfterMs: number

  constructor(
    reason: FailureReason,
    message: string,
    { retryAfterMs = 0, cause }: { readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DeliveryError'
    this.reason = reason
    this.retryAfterMs = retryAfterMs
  }
}

/** Sends to one channel. Each call is one attempt that ends within `TIMEOUT_MS` for each request. @throws DeliveryError */
export type Channel = {
  /**
   * @param previous what an earlier message about the same request returned
   * @returns the identifier of the message, if the channel has one that later messages need
   */
  send(message: NotificationMessage, previous?: string): Promise<string | undefined>
  sendDigest(digest: Digest): Promise<void>
}

/** Timeout of one request to a receiver, in milliseconds. */
export const TIMEOUT_MS = 10_000
const INTERVALS_MS = { slack: 1_000, webhook: 0, email: 1_000, events: 0 } as const

/** Shortest interval between messages to one channel, in milliseconds. Chats accept about one a second in a conversation. */
export function intervalMs(spec: NotificationChannelSpec): number {
  const [type = 'events'] = typesOf(spec)
  const isChat = spec.webhook !== undefined && (spec.webhook.format ?? 'CloudEvents') !== 'CloudEvents'
  return isChat ? INTERVALS_MS.slack : INTERVALS_MS[type]
}
