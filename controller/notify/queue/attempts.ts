import type { DeliveryError } from '../channels/channel.ts'
import type { Notice } from '../waiting/looking.ts'

/** After this time, an event is given up once an attempt has failed. */
const MAX_AGE_MS = 3_600_000
/** Pauses of an event that the channel rejected. When it rejects it once more, the event is given up. */
const PAUSES_MS = [5_000, 30_000] as const

type Attempt = { rejections: number; readonly sinceMs: number; fromMs: number; untilMs: number; alone: boolean }

/** The failed attempts of each event on one channel. */
export type Attempts = {
  /** The events that may be attempted now. Those that a summary contained when the channel rejected it are `alone`. Forgets all events that do not wait. */
  ready(waiting: readonly Notice[], nowMs: number): readonly Notice[]
  /** Returns the events of the batch that are given up. When each of them was first attempted is counted in this process only. */
  failed(batch: readonly Notice[], error: Pick<DeliveryError, 'reason' | 'retryAfterMs'>, nowMs: number): readonly Notice[]
  succeeded(batch: readonly Notice[]): void
}

/** A clock that was set back does not prolong a pause. */
const isPaused = ({ fromMs, untilMs }: Attempt, nowMs: number): boolean => nowMs < untilMs && nowMs >= fromMs

/** The channel rejected the event itself: it pauses, and others do not wait for it. */
function reject(attempt: Attempt, retryAfterMs: number, nowMs: number): void {
  attempt.fromMs = nowMs
  attempt.untilMs = nowMs + Math.max(retryAfterMs, PAUSES_MS[attempt.rejections] ?? 0)
  attempt.rejections += 1
}

export function createAttempts(): Attempts {
  const known = new Map<string, Attempt>()
  const forget = (batch: readonly Notice[]): void => {
    for (const { key } of batch) known.delete(key)
  }
  return {
    ready: (waiting, nowMs) => {
      if (known.size === 0) return waiting
      const keys = new Set(waiting.map(({ key }) => key))
      for (const key of known.keys()) if (!keys.has(key)) known.delete(key)
      return waiting.flatMap((notice) => {
        const attempt = known.get(notice.key)
        if (attempt === undefined) return [notice]
        if (isPaused(attempt, nowMs)) return []
        return [attempt.alone ? { ...notice, alone: true } : notice]
      })
    },
    failed: (batch, { reason, retryAfterMs }, nowMs) => {
      const givenUp = batch.filter(({ key, atMs }) => {
        const attempt = known.get(key) ?? { rejections: 0, sinceMs: nowMs, fromMs: 0, untilMs: 0, alone: false }
        known.set(key, attempt)
        // Which event of a summary is at fault is not known, so each of them gets a message of its own.
        if (reason === 'Rejected' && batch.length > 1) attempt.alone = true
        else if (reason === 'Rejected') reject(attempt, retryAfterMs, nowMs)
        return attempt.rejections > PAUSES_MS.length || nowMs - Math.max(atMs, attempt.sinceMs) >= MAX_AGE_MS
      })
      forget(givenUp)
      return givenUp
    },
    succeeded: forget,
  }
}
