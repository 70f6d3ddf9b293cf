import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../domain/clock.ts'

/** How long a device waits between two questions: RFC 8628, section 3.5. */
export const POLL_SECONDS = 5
const MAX_CODES = 10_000
/** A client that waits as it should may be a little early. */
const EARLY_MS = 1_000

export type Polls = { readonly isTooEarly: (id: string) => boolean }

/** When each device code was asked about last, at this replica. */
export function createPolls(clock: Clock): Polls {
  const asked = new LRUCache<string, number>({ max: MAX_CODES })
  return {
    isTooEarly: (id) => {
      const [nowMs, lastMs] = [clock.nowMs(), asked.get(id)]
      asked.set(id, nowMs)
      return lastMs !== undefined && nowMs - lastMs < POLL_SECONDS * 1000 - EARLY_MS
    },
  }
}
