import type { FailureReason } from '../channels/channel.ts'
import type { Notice } from './notices.ts'

/** After this time, an event is given up once an attempt has failed. */
const MAX_AGE_MS = 3_600_000
/** Attempts that the channel may reject before the event is given up. */
const MAX_REJECTIONS = 3

/** Counts failed attempts of each event on one channel, and says which events are given up. */
export function createAttempts(): {
  /** Returns the events of the batch that are given up. `since`: when each of them was first attempted is counted in this process only. */
  failed(batch: readonly Notice[], reason: FailureReason, nowMs: number): readonly Notice[]
  succeeded(batch: readonly Notice[]): void
} {
  const known = new Map<string, { rejections: number; readonly sinceMs: number }>()
  const forget = (batch: readonly Notice[]): void => {
    for (const { key } of batch) known.delete(key)
  }
  return {
    failed: (batch, reason, nowMs) => {
      const givenUp = batch.filter(({ key, atMs }) => {
        const attempt = known.get(key) ?? { rejections: 0, sinceMs: nowMs }
        if (reason === 'Rejected') attempt.rejections += 1
        known.set(key, attempt)
        return attempt.rejections >= MAX_REJECTIONS || nowMs - Math.max(atMs, attempt.sinceMs) >= MAX_AGE_MS
      })
      forget(givenUp)
      return givenUp
    },
    succeeded: forget,
  }
}
