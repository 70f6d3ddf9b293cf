import { Counter, Gauge, type Registry } from 'prom-client'

export type NotifyMetrics = {
  readonly sent: (channel: string) => void
  readonly failed: (channel: string, reason: string) => void
  readonly givenUp: (channel: string, events: number) => void
  /** What waits for a channel, and the age of the oldest in seconds. */
  readonly waiting: (channel: string, events: number, oldestSeconds: number) => void
  /** The channel was deleted, so nothing waits for it. */
  readonly gone: (channel: string) => void
  /** Removes what only the leader knows. */
  readonly standingBy: () => void
}

/** The label `channel` is the name of a NotificationChannel, which only admins create. */
export function notifyMetrics(registry: Registry): NotifyMetrics {
  const registers = [registry]
  const sent = new Counter({
    name: 'jit_controller_notifications_sent_total',
    help: 'Messages that a channel accepted.',
    labelNames: ['channel'],
    registers,
  })
  const failed = new Counter({
    name: 'jit_controller_notifications_failed_total',
    help: 'Attempts to send a message that failed. The reason is Unavailable, Rejected or Unready.',
    labelNames: ['channel', 'reason'],
    registers,
  })
  const givenUp = new Counter({
    name: 'jit_controller_notifications_given_up_total',
    help: 'Events that a channel missed, because it did not accept them in time.',
    labelNames: ['channel'],
    registers,
  })
  const waiting = new Gauge({
    name: 'jit_controller_notifications_waiting',
    help: 'Events that wait to be sent. Only the leader reports it.',
    labelNames: ['channel'],
    registers,
  })
  const oldest = new Gauge({
    name: 'jit_controller_notifications_oldest_seconds',
    help: 'Age of the oldest event that waits to be sent, in seconds. Only the leader reports it.',
    labelNames: ['channel'],
    registers,
  })
  return {
    sent: (channel) => sent.inc({ channel }),
    failed: (channel, reason) => failed.inc({ channel, reason }),
    givenUp: (channel, events) => givenUp.inc({ channel }, events),
    waiting: (channel, events, oldestSeconds) => {
      waiting.set({ channel }, events)
      oldest.set({ channel }, oldestSeconds)
    },
    gone: (channel) => {
      waiting.remove({ channel })
      oldest.remove({ channel })
    },
    standingBy: () => {
      waiting.reset()
      oldest.reset()
    },
  }
}
