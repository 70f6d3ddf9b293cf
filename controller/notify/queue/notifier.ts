import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { AccessSuspension } from '../../../domain/api/access-suspension.ts'
import type { NotificationChannel } from '../../../domain/api/notifications/notification-channel.ts'
import type { Clock } from '../../../domain/clock.ts'
import type { KubeClient } from '../../../kube/client.ts'
import type { Informer } from '../../../kube/informer.ts'
import { reasonOf, type Log } from '../../../server/log.ts'
import type { Channel } from '../channels/channel.ts'
import type { NotifyMetrics } from '../metrics.ts'
import type { NoticeSubject } from './about.ts'
import type { Notice } from '../waiting/looking.ts'
import { noticesOf } from '../waiting/notices.ts'
import { saveDeliveries } from './save-deliveries.ts'
import { createSaves } from './saves.ts'
import { createSender, type SendOutcome, type Sender } from './sender.ts'
import { createDeliveryMemory, type NotifiedObject } from './delivery-memory.ts'
import { createWithdrawnRequests } from '../waiting/withdrawn.ts'

type View<T> = Pick<Informer<T>, 'list' | 'get' | 'synced' | 'staleForMs' | 'subscribe'>

export type NotifierOptions = {
  readonly client: KubeClient
  readonly clock: Clock
  readonly views: {
    readonly policies: View<AccessPolicy>
    readonly channels: View<NotificationChannel>
    readonly requests: View<AccessRequest>
    readonly grants: View<AccessGrant>
    readonly suspensions: View<AccessSuspension>
  }
  readonly leads: () => boolean
  readonly consoleURL: (channel: NotificationChannel) => string | undefined
  readonly open: (channel: NotificationChannel) => Channel
  readonly status: { add(channel: NotificationChannel, outcome: SendOutcome): void; write(channel: NotificationChannel): Promise<void> }
  readonly metrics: NotifyMetrics
  readonly log: Log
}

export type Notifier = {
  start(): void
  stop(): void
  /** Looks once at what waits, and begins at most one message for each channel. Resolves when these were sent or failed. */
  pass(): Promise<void>
}

/** A view that has no connection for longer than this is not used: what it shows as undecided may be decided. */
const STALE_MS = 30_000
const TICK_MS = 1_000
/** Changes that come together are looked at together. */
const GATHER_MS = 100

const isFresh = (view: Pick<View<unknown>, 'synced' | 'staleForMs'>): boolean => view.synced() && view.staleForMs() < STALE_MS

/**
 * Sends what waits: events of requests, suspensions and policies that a channel was not told, by their status. At least once: a message is repeated only if the process
 * ends, or stops leading, between sending it and writing that down. A channel that fails or is slow delays no other.
 */
export function createNotifier(options: NotifierOptions): Notifier {
  const { client, clock, views, leads, metrics, status, log } = options
  const deliveries = createDeliveryMemory()
  const withdrawn = createWithdrawnRequests(clock, (request) => deliveries.forget(request))
  const looking = {
    ...views,
    requests: { list: () => [...views.requests.list(), ...withdrawn.list()] },
    suspensions: { list: () => (isFresh(views.suspensions) ? views.suspensions.list() : []) },
  }
  const senders = new Map<string, Sender>()
  const saves = createSaves({ clock, log, write: (about) => saveDeliveries(client, deliveries, about) })
  let timer: NodeJS.Timeout | undefined
  let gathering: NodeJS.Timeout | undefined

  const isReady = (): boolean => leads() && [views.policies, views.channels, views.requests, views.grants].every(isFresh)

  const report = (channel: NotificationChannel, outcome: SendOutcome): void => {
    const { name } = channel.metadata
    status.add(channel, outcome)
    if (outcome.sent > 0) metrics.sent(name)
    if (outcome.givenUp > 0) metrics.givenUp(name, outcome.givenUp)
    if (outcome.error === undefined) return
    metrics.failed(name, outcome.error.reason)
    log.warn('notification.failed', {
      resource: `notificationchannels/${name}`,
      reason: outcome.error.reason,
      error: outcome.error.message,
      count: outcome.givenUp,
    })
  }

  const senderOf = (name: string): Sender => {
    const known =
      senders.get(name) ?? createSender({ clock, deliveries, consoleURL: options.consoleURL, open: options.open, save: saves.save, report })
    senders.set(name, known)
    return known
  }

  const measure = (name: string, waiting: readonly Notice[]): void => {
    const oldestMs = waiting.reduce((oldest, { atMs }) => Math.min(oldest, atMs), clock.nowMs())
    metrics.waiting(name, waiting.length, (clock.nowMs() - oldestMs) / 1000)
  }

  const work = async (channel: NotificationChannel, waiting: readonly Notice[]): Promise<void> => {
    const { name } = channel.metadata
    measure(name, waiting)
    await senderOf(name).step(channel, waiting)
    await status
      .write(channel)
      .catch((error: unknown) => log.warn('notifications.status-unwritten', { resource: `notificationchannels/${name}`, error: reasonOf(error) }))
  }

  const forgetChannel = (name: string): void => {
    senders.delete(name)
    metrics.gone(name)
  }

  const pass = async (): Promise<void> => {
    if (!isReady()) return
    const waiting = noticesOf(looking, deliveries, clock.nowMs())
    for (const name of senders.keys()) if (views.channels.get(name) === undefined) forgetChannel(name)
    const sent = views.channels.list().map((channel) => work(channel, waiting.get(channel.metadata.name) ?? []))
    await Promise.all([saves.retry(), ...sent])
  }

  const nudge = (): void => {
    gathering ??= setTimeout(() => {
      gathering = undefined
      pass().catch((error: unknown) => log.error('notifications.trouble', { error: reasonOf(error) }))
    }, GATHER_MS)
  }

  views.requests.subscribe(({ type, object }) => {
    if (type === 'DELETED') {
      saves.forget({ kind: 'AccessRequest', object })
      if (deliveries.all(object).length === 0 || !withdrawn.add(object)) return deliveries.forget(object)
    } else deliveries.stored(object)
    nudge()
  })
  views.channels.subscribe(nudge)
  const follow = <T extends NotifiedObject>(kind: NoticeSubject['kind'], view: View<T>): void =>
    void view.subscribe(({ type, object }) => {
      if (type === 'DELETED') saves.forget({ kind, object })
      if (type === 'DELETED') deliveries.forget(object)
      else deliveries.stored(object)
      nudge()
    })
  follow('AccessSuspension', views.suspensions)
  follow('AccessPolicy', views.policies)
  return {
    start: () => void (timer = setInterval(nudge, TICK_MS)),
    stop: () => {
      clearInterval(timer)
      clearTimeout(gathering)
    },
    pass,
  }
}
