import { StatusError } from '../../domain/status-error.ts'
import { Buckets, bytesOf, type Rate } from '../../server/records/buckets.ts'
import type { LimitsConfig } from '../limits-config.ts'

/** A 429 that is not recorded, because records are what the identity exceeded. A metric counts it. */
export class TooManyRecords extends StatusError {}

/** Limits what each identity adds to the records, so that one agent can neither fill the volume nor displace the records of others. */
export type RecordBudget = {
  /** @throws TooManyRecords when the budget is exceeded; the request is then neither recorded nor executed */
  intent(identity: string, event: object): void
  /** Undefined when the refusal may be recorded; otherwise the refusal to send to the agent instead. */
  refusal(identity: string, event: object): TooManyRecords | undefined
}

/** Budget for all unauthenticated refusals together. Refusals over the budget are still sent to the client, but only counted. */
export const UNKNOWN_RATE: Rate = { bytesPerSecond: 16 * 1024, bytes: 256 * 1024, linesPerSecond: 20, lines: 20 }
/** Refusals cost an agent nothing, and a working agent causes few. */
const REFUSED: Rate = { bytesPerSecond: 128 * 1024, bytes: 1024 * 1024, linesPerSecond: 200, lines: 2_000 }
const FORWARDED: Rate = { bytesPerSecond: 1024 * 1024, bytes: 8 * 1024 * 1024, linesPerSecond: 3_000, lines: 30_000 }

/** Approximate bytes of the outcome that follows an intent. */
const OUTCOME_BYTES = 350

type BudgetConfig = Pick<LimitsConfig, 'refusedRecordBytesPerSecond' | 'recordBytesPerSecond'>

/** Applies a configured rate and scales burst size and lines with it. */
const scaled = (rate: Rate, bytesPerSecond = rate.bytesPerSecond): Rate => {
  const factor = bytesPerSecond / rate.bytesPerSecond
  return { bytesPerSecond, bytes: rate.bytes * factor, linesPerSecond: rate.linesPerSecond * factor, lines: rate.lines * factor }
}

const tooMany = (what: string, retryAfterSeconds: number): TooManyRecords =>
  new TooManyRecords('TooManyRequests', `your ${what} fill the records too quickly; nothing was done. Try again in ${retryAfterSeconds} s`, {
    details: { retryAfterSeconds },
  })

export function createRecordBudget(config: BudgetConfig, nowMs: () => number): RecordBudget {
  const forwarded = new Buckets(scaled(FORWARDED, config.recordBytesPerSecond), nowMs)
  const refused = new Buckets(scaled(REFUSED, config.refusedRecordBytesPerSecond), nowMs)
  return {
    intent: (identity, event) => {
      const wait = forwarded.take(identity, { bytes: bytesOf(event) + OUTCOME_BYTES, lines: 2 })
      if (wait > 0) throw tooMany('requests', wait)
    },
    refusal: (identity, event) => {
      const wait = refused.take(identity, { bytes: bytesOf(event), lines: 1 })
      return wait > 0 ? tooMany('refused requests', wait) : undefined
    },
  }
}
