import type { Clock } from '../../domain/clock.ts'
import type { StatusError } from '../../domain/status-error.ts'
import { FairCounts } from '../../server/fair-counts.ts'
import { reasonOf, type Log } from '../../server/log.ts'

/** Origin of a token, for the log and for limits by address. */
export type Origin = { readonly address: string; readonly auditID?: string }

export type TokenLog = {
  /** Logs a refused token. The client does not receive the reason. */
  refused(error: StatusError, origin: Origin): void
  /** Logs an accepted token with claims that were ignored. */
  leftOut(reasons: readonly string[], origin: Origin): void
}

/** Maximum log lines per second: for each address, so that a flood from one leaves room for others, and in total. */
const MAX_LINES_PER_ADDRESS = 5
const MAX_LINES = 50

/** Logs why tokens were refused. Lines over the limit are dropped; the records and a metric still count the refusals. */
export function createTokenLog(log: Log, clock: Clock): TokenLog {
  let second = 0
  let lines = new FairCounts<string>(MAX_LINES_PER_ADDRESS, MAX_LINES)
  const mayLog = (address: string): boolean => {
    const now = Math.floor(clock.nowMs() / 1000)
    if (now !== second) [second, lines] = [now, new FairCounts(MAX_LINES_PER_ADDRESS, MAX_LINES)]
    if (lines.full(address, 1) !== undefined) return false
    lines.add(address, 1)
    return true
  }
  return {
    refused: (error, origin) => {
      if (mayLog(origin.address)) log.warn('token.refused', { ...origin, code: error.code, reason: reasonOf(error.cause ?? error) })
    },
    leftOut: (reasons, origin) => {
      if (mayLog(origin.address)) log.warn('token.claims-left-out', { ...origin, reason: reasons.join('; ').slice(0, 1000) })
    },
  }
}
