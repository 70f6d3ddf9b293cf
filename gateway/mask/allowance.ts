import type { Clock } from '../../domain/clock.ts'

/** A token bucket of milliseconds of work: the burst of an owner, the burst until `start` is called, and the refill for each second. */
type WorkRate = { readonly burstMs: number; readonly startupMs?: number; readonly msPerSecond: number }
export const LEARNING: WorkRate = { burstMs: 3_000, msPerSecond: 100 }
/**
 * At startup every namespace is learned once. Fifty thousand ordinary Secrets take a few seconds. A namespace whose values take
 * longer than this must not keep the process from becoming ready.
 */
const STARTUP_MS = 30_000
/** How often to check whether an owner without allowance may continue. */
const PAUSE_MS = 250

/** Limits the work that each owner may cause: a namespace, or an identity. An owner that has used up its share waits; others do not. */
export class WorkAllowance {
  readonly #clock: Clock
  readonly #rate: WorkRate
  readonly #spent = new Map<string, { ms: number; atMs: number }>()
  #started = false

  /** @param rate Optional. Defaults to three seconds, thirty until `start` is called, and a tenth of the time afterwards */
  constructor(clock: Clock, rate = LEARNING) {
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
    return this.#now(owner).ms >= (this.#started ? this.#rate.burstMs : (this.#rate.startupMs ?? STARTUP_MS))
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
