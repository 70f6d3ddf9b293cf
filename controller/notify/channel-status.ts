import { timestamp } from '../../domain/api/object-meta.ts'
import type { Condition } from '../../domain/api/conditions.ts'
import { conditionOf } from '../../domain/api/conditions.ts'
import { API_VERSION, CHANNELS_PATH, objectPath } from '../../domain/api/names.ts'
import type { NotificationChannel, NotificationChannelStatus } from '../../domain/api/notifications/notification-channel.ts'
import type { Clock } from '../../domain/clock.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { SendOutcome } from './queue/sender.ts'

/** Shortest interval between writes of the status of one channel, unless its readiness changes. */
const INTERVAL_MS = 10_000

type Unsaved = {
  sent: number
  failed: number
  givenUp: number
  lastSentMs?: number
  lastError?: string
  ready?: Omit<Condition, 'type'>
  writtenMs: number
}

function readyOf(outcome: SendOutcome): Omit<Condition, 'type'> {
  const { error } = outcome
  if (error === undefined) return { status: 'True', reason: 'Delivered', message: 'The channel accepted the last message.' }
  // A message that is rejected says nothing about the others.
  if (error.reason === 'Rejected') return { status: 'True', reason: 'MessageRejected', message: error.message }
  return { status: 'False', reason: error.reason, message: error.message }
}

function conditionFor({ metadata, status }: NotificationChannel, { ready }: Unsaved, time: string): Condition {
  const before = conditionOf(status?.conditions, 'Ready')
  const said = ready ?? before ?? { status: 'Unknown' as const }
  const since = before?.status === said.status ? before.lastTransitionTime : undefined
  const observed = metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }
  return { ...said, type: 'Ready', ...observed, lastUpdateTime: time, lastTransitionTime: since ?? time }
}

/** Adds what happened since the last write to the stored status. */
function nextStatus(channel: NotificationChannel, unsaved: Unsaved, nowMs: number): NotificationChannelStatus {
  const { conditions = [], sent = 0, failed = 0, givenUp = 0, ...kept } = channel.status ?? {}
  const { lastSentMs, lastError } = unsaved
  return {
    ...kept,
    conditions: [conditionFor(channel, unsaved, timestamp(nowMs)), ...conditions.filter(({ type }) => type !== 'Ready')],
    sent: sent + unsaved.sent,
    failed: failed + unsaved.failed,
    givenUp: givenUp + unsaved.givenUp,
    ...(lastSentMs === undefined ? {} : { lastSent: timestamp(lastSentMs) }),
    ...(lastError === undefined ? {} : { lastError: lastError.slice(0, 512) }),
  }
}

/** Keeps the status of the channels. Counts are lost if the process ends before they are written, and are only for orientation; metrics are exact. */
export function createChannelStatus({ client, clock }: { readonly client: KubeClient; readonly clock: Clock }): {
  add(channel: NotificationChannel, outcome: SendOutcome): void
  /** Writes the status of the channel if it changed and the interval is over. @throws the error of the write; the next call repeats it */
  write(channel: NotificationChannel): Promise<void>
} {
  const all = new Map<string, Unsaved>()
  return {
    add: ({ metadata }, outcome) => {
      const unsaved = all.get(metadata.name) ?? { sent: 0, failed: 0, givenUp: 0, writtenMs: Number.NEGATIVE_INFINITY }
      all.set(metadata.name, unsaved)
      unsaved.sent += outcome.sent
      unsaved.failed += outcome.error === undefined ? 0 : 1
      unsaved.givenUp += outcome.givenUp
      const ready = readyOf(outcome)
      if (unsaved.ready?.status !== ready.status) unsaved.writtenMs = Number.NEGATIVE_INFINITY
      unsaved.ready = ready
      if (outcome.error === undefined) unsaved.lastSentMs = clock.nowMs()
      else unsaved.lastError = outcome.error.message
    },
    write: async (channel) => {
      const { name } = channel.metadata
      const unsaved = all.get(name)
      const nowMs = clock.nowMs()
      if (unsaved === undefined || unsaved.sent + unsaved.failed === 0 || nowMs - unsaved.writtenMs < INTERVAL_MS) return
      const { sent, failed, givenUp } = unsaved
      unsaved.writtenMs = nowMs
      const path = objectPath(CHANNELS_PATH, name)
      const current = await client.json<NotificationChannel>({ method: 'GET', path })
      await client.json({
        method: 'PUT',
        path: `${path}/status`,
        query: { fieldManager: 'jit-controller' },
        body: { ...current, apiVersion: API_VERSION, kind: 'NotificationChannel', status: nextStatus(current, unsaved, nowMs) },
      })
      unsaved.sent -= sent
      unsaved.failed -= failed
      unsaved.givenUp -= givenUp
    },
  }
}
