import { StatusError } from '../../domain/status-error.ts'
import type { LimitsConfig } from '../limits-config.ts'

/** Record budget of one identity: sustained bytes and lines per second, and the burst size in bytes and lines. */
export type Rate = { readonly bytesPerSecond: number; readonly bytes: number; readonly linesPerSecond: number; readonly lines: number }

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

/** Approximate bytes that the hash chain adds to an event. */
const CHAIN_BYTES = 200
/** Approximate bytes of the outcome that follows an intent. */
const OUTCOME_BYTES = 350
/** Above this number of identities, those with a full bucket are dropped. */
const MAX_KEPT = 1024

type Level = { bytes: number; lines: number; readAtMs: number }
type Cost = { readonly bytes: number; readonly lines: number }

/** A token bucket for each key. One event may overdraw the bucket, so that no single event is too large; later events wait until it is refilled. */
export class Buckets {
  readonly #rate: Rate
  readonly #nowMs: () => number
  readonly #levels = new Map<string, Level>()

  constructor(rate: Rate, nowMs: () => number) {
    this.#rate = rate
    this.#nowMs = nowMs
  }

  /** Returns 0 when the cost was taken; otherwise the seconds until the next attempt can succeed. */
  take(key: string, { bytes, lines }: Cost): number {
    const level = this.#filled(key)
    const waitSeconds = Math.max(-level.bytes / this.#rate.bytesPerSecond, -level.lines / this.#rate.linesPerSecond)
    if (level.bytes <= 0 || level.lines <= 0) return Math.max(1, Math.ceil(waitSeconds))
    level.bytes -= bytes
    level.lines -= lines
    return 0
  }

  #filled(key: string): Level {
    const now = this.#nowMs()
    const known = this.#levels.get(key)
    if (known === undefined) {
      if (this.#levels.size >= MAX_KEPT) this.#forget(now)
      const fresh = { bytes: this.#rate.bytes, lines: this.#rate.lines, readAtMs: now }
      this.#levels.set(key, fresh)
      return fresh
    }
    const seconds = Math.max(0, now - known.readAtMs) / 1000
    known.bytes = Math.min(this.#rate.bytes, known.bytes + seconds * this.#rate.bytesPerSecond)
    known.lines = Math.min(this.#rate.lines, known.lines + seconds * this.#rate.linesPerSecond)
    known.readAtMs = now
    return known
  }

  #forget(now: number): void {
    for (const [key, { bytes, lines, readAtMs }] of this.#levels) {
      const seconds = Math.max(0, now - readAtMs) / 1000
      if (bytes + seconds * this.#rate.bytesPerSecond >= this.#rate.bytes && lines + seconds * this.#rate.linesPerSecond >= this.#rate.lines)
        this.#levels.delete(key)
    }
  }
}

/** Approximate size of the event's line in a record file. */
export const bytesOf = (event: object): number => Buffer.byteLength(JSON.stringify(event)) + CHAIN_BYTES

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
