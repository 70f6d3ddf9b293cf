import { timestamp } from '../../../domain/api/object-meta.ts'
import type { NotificationChannel } from '../../../domain/api/notifications/notification-channel.ts'
import type { DeliveryEvent } from '../../../domain/api/notifications/notification.ts'
import type { Clock } from '../../../domain/clock.ts'
import { DeliveryError, intervalMs, type Channel } from '../channels/channel.ts'
import { digestOf } from '../messages/digest.ts'
import { messageOf, type NotificationMessage } from '../messages/message.ts'
import type { NoticeSubject } from './about.ts'
import { createAttempts } from './attempts.ts'
import { createBackoff } from './backoff.ts'
import { createFairTurns } from './fair-turns.ts'
import type { Notice } from '../waiting/looking.ts'
import type { DeliveryMemory } from './delivery-memory.ts'

export type SendOutcome = { readonly sent: number; readonly givenUp: number; readonly error?: DeliveryError }

export type SenderOptions = {
  readonly clock: Clock
  readonly deliveries: DeliveryMemory
  readonly consoleURL: (channel: NotificationChannel) => string | undefined
  readonly open: (channel: NotificationChannel) => Channel
  /** Writes what was sent to the store. Does not throw. */
  readonly save: (all: readonly NoticeSubject[]) => Promise<void>
  readonly report: (channel: NotificationChannel, outcome: SendOutcome) => void
}

type Kept = { readonly outcome: DeliveryEvent['outcome']; readonly message?: string | undefined }

/** Sends to one channel, one message at a time. */
export type Sender = {
  /** Sends the next message of those that wait, unless one is under way or the channel must wait. Resolves when it was sent and stored. Does not throw. */
  step(channel: NotificationChannel, waiting: readonly Notice[]): Promise<void>
  /** Whether a message is under way. */
  busy(): boolean
}

const asDeliveryError = (error: unknown): DeliveryError =>
  error instanceof DeliveryError ? error : new DeliveryError('Unavailable', 'the message could not be sent', { cause: error })

/** @throws DeliveryError Rejected: an object without words says nothing about the channel */
function composed(batch: readonly Notice[], nowMs: number, consoleURL: string | undefined): readonly NotificationMessage[] {
  try {
    return batch.map((notice) => messageOf(notice, nowMs, consoleURL))
  } catch (cause) {
    throw new DeliveryError('Rejected', 'no message can be made of the event', { cause })
  }
}

export function createSender({ clock, deliveries, consoleURL, open, save, report }: SenderOptions): Sender {
  const turns = createFairTurns<Notice>()
  const backoff = createBackoff()
  const attempts = createAttempts()
  let isBusy = false
  let generation: number | undefined

  /** What an earlier message returned. A policy that breaks again is news, not an answer to old news. */
  const earlier = (channel: NotificationChannel, { event, object }: Notice): string | undefined =>
    event === 'PolicyBroken' ? undefined : deliveries.of(object, channel.metadata.name)?.message

  const deliver = async (channel: NotificationChannel, batch: readonly Notice[]): Promise<string | undefined> => {
    const to = open(channel)
    const nowMs = clock.nowMs()
    const messages = composed(batch, nowMs, consoleURL(channel))
    const [first, ...more] = messages
    if (first === undefined) return undefined
    if (more.length > 0) {
      await to.sendDigest(digestOf(messages, nowMs, consoleURL(channel)))
      return undefined
    }
    const [notice] = batch
    return await to.send(first, notice === undefined ? undefined : earlier(channel, notice))
  }

  /** In memory first, so that a failed write repeats no message while this process lives. */
  const keep = async (channel: NotificationChannel, batch: readonly Notice[], { outcome, message }: Kept): Promise<void> => {
    const time = timestamp(clock.nowMs())
    for (const { object, event } of batch)
      deliveries.add(object, channel.metadata.name, { event, outcome, time, ...(message === undefined ? {} : { message }) })
    await save(batch.map(({ kind, object }) => ({ kind, object })))
  }

  /** It accepted a message, or rejected it for what it says: then other messages do not wait. */
  const worked = ({ spec }: NotificationChannel): void => backoff.succeeded(clock.nowMs(), intervalMs(spec))

  const attempt = async (channel: NotificationChannel, batch: readonly Notice[]): Promise<void> => {
    try {
      const message = await deliver(channel, batch)
      worked(channel)
      turns.served(batch, clock.nowMs(), true)
      attempts.succeeded(batch)
      report(channel, { sent: 1, givenUp: 0 })
      await keep(channel, batch, { outcome: batch.length > 1 ? 'Summarized' : 'Sent', message })
    } catch (cause) {
      const error = asDeliveryError(cause)
      if (error.reason === 'Rejected') worked(channel)
      else backoff.failed(clock.nowMs(), error.retryAfterMs)
      turns.served(batch, clock.nowMs(), false)
      const givenUp = attempts.failed(batch, error, clock.nowMs())
      report(channel, { sent: 0, givenUp: givenUp.length, error })
      await keep(channel, givenUp, { outcome: 'GivenUp' })
    }
  }

  return {
    busy: () => isBusy,
    step: async (channel, waiting) => {
      if (generation !== channel.metadata.generation) backoff.reset()
      generation = channel.metadata.generation
      if (isBusy || !backoff.isOpen(clock.nowMs())) return
      const batch = turns.next(attempts.ready(waiting, clock.nowMs()), clock.nowMs())
      if (batch.length === 0) return
      isBusy = true
      await attempt(channel, batch).finally(() => (isBusy = false))
    },
  }
}
