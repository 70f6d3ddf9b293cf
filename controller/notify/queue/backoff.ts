const FIRST_MS = 1_000
const MAX_MS = 5 * 60_000

/** When the next attempt on one channel may begin. Doubles with each failure, up to five minutes; a success resets it. */
export type Backoff = {
  readonly failures: number
  isOpen(nowMs: number): boolean
  failed(nowMs: number, retryAfterMs: number): void
  succeeded(nowMs: number, intervalMs: number): void
  /** Allows an attempt now, because the channel was changed. */
  reset(): void
}

export function createBackoff(): Backoff {
  let failures = 0
  let from = 0
  let until = 0
  return {
    get failures() {
      return failures
    },
    // A clock that was set back does not prolong the wait.
    isOpen: (nowMs) => nowMs >= until || nowMs < from,
    failed: (nowMs, retryAfterMs) => {
      from = nowMs
      until = nowMs + Math.max(retryAfterMs, Math.min(FIRST_MS * 2 ** Math.min(failures, 20), MAX_MS))
      failures += 1
    },
    succeeded: (nowMs, intervalMs) => {
      failures = 0
      from = nowMs
      until = nowMs + intervalMs
    },
    reset: () => {
      failures = 0
      until = 0
    },
  }
}
