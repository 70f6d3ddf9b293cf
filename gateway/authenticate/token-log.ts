import type { Clock } from '../../domain/clock.ts'
import type { StatusError } from '../../domain/status-error.ts'
import { reasonOf, type Log } from '../../server/log.ts'

/** Where a token came from, for the log and for bounds by address. */
export type Origin = { readonly address: string; readonly auditID?: string }

export type TokenLog = {
  /** A token that was refused; the client was told nothing but that. */
  refused(error: StatusError, origin: Origin): void
  /** A token that counts, of whose claims something does not. */
  leftOut(reasons: readonly string[], origin: Origin): void
}

/** Lines a second: of one address, so that a flood of one leaves room for the others, and of all. */
const MAX_LINES_PER_ADDRESS = 5
const MAX_LINES = 50

/** Says why tokens were refused. What is over the bound is left out of the log: the records and a metric count refusals. */
export function createTokenLog(log: Log, clock: Clock): TokenLog {
  let second = 0
  let lines = 0
  const byAddress = new Map<string, number>()
  const mayLog = (address: string): boolean => {
    const now = Math.floor(clock.nowMs() / 1000)
    if (now !== second) {
      ;[second, lines] = [now, 0]
      byAddress.clear()
    }
    const own = byAddress.get(address) ?? 0
    if (own >= MAX_LINES_PER_ADDRESS || lines >= MAX_LINES) return false
    byAddress.set(address, own + 1)
    lines++
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
