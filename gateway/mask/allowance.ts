import type { Clock } from '../../domain/clock.ts'

/** A token bucket of milliseconds of work: the burst of an owner, and its refill for each second. */
type WorkRate = { readonly burstMs: number; readonly msPerSecond: number }
const RATE: WorkRate = { burstMs: 3_000, msPerSecond: 100 }
/** How often to check whether an owner without allowance may continue. */
const PAUSE_MS = 250

/** Limits the work that each owner may cause: a namespace, or an identity. An owner that has used up its share waits; others do not. */
export class WorkAllowance {
  readonly #clock: Clock
  readonly #rate: WorkRate
  readonly #spent = new Map<string, { ms: number; atMs: number }>()
  /** Until `start` is called there is no limit: at startup every namespace is learned once, whatever its size. */
  #started = false

  /** @param rate Optional. Defaults to three seconds, and a tenth of the time afterwards */
  constructor(clock: Clock, rate = RATE) {
    this.#clock = clock
    this.#rate = rate
  }

  start(): void {
    this.#started = true
    this.#spent.clear()
  }

  spend(owner: string, ms: number): void {
    const spent = this.#now(owner)
    spent.ms += ms
    this.#spent.set(owner, spent)
  }

  isSpent(owner: string): boolean {
    return this.#started && this.#now(owner).ms >= this.#rate.burstMs
  }

  /** Resolves after a pause. Check again then: an owner may have regained some allowance. */
  some(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, PAUSE_MS).unref())
  }

  #now(owner: string): { ms: number; atMs: number } {
    const atMs = this.#clock.nowMs()
    const before = this.#spent.get(owner)
    if (before === undefined) return { ms: 0, atMs }
    const ms = before.ms - ((atMs - before.atMs) * this.#rate.msPerSecond) / 1000
    if (ms <= 0) this.#spent.delete(owner)
    return { ms: Math.max(0, ms), atMs }
  }
}
