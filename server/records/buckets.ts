/** Record budget of one owner: sustained bytes and lines per second, and the burst size in bytes and lines. */
export type Rate = { readonly bytesPerSecond: number; readonly bytes: number; readonly linesPerSecond: number; readonly lines: number }

/** Approximate bytes that the hash chain adds to an event. */
const CHAIN_BYTES = 200
/** Above this number of owners, those with a full bucket are dropped. */
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
