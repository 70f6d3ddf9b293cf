import type { Clock } from '../../domain/clock.ts'

/** A token bucket of milliseconds of work: the burst of a namespace, and its refill for each second. */
const BURST_MS = 3_000
const MS_PER_SECOND = 100
/** How often to check whether a namespace without allowance may continue. */
const PAUSE_MS = 250

/** Limits the work that each namespace may cause. A namespace that has used up its share waits; others do not. */
export class ByteAllowance {
  readonly #clock: Clock
  readonly #spent = new Map<string, { ms: number; atMs: number }>()
  /** Until `start` is called there is no limit: at startup every namespace is learned once, whatever its size. */
  #started = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  start(): void {
    this.#started = true
    this.#spent.clear()
  }

  spend(namespace: string, ms: number): void {
    const spent = this.#now(namespace)
    spent.ms += ms
    this.#spent.set(namespace, spent)
  }

  isSpent(namespace: string): boolean {
    return this.#started && this.#now(namespace).ms >= BURST_MS
  }

  /** Resolves after a pause. Check again then: a namespace may have regained some allowance. */
  some(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, PAUSE_MS).unref())
  }

  #now(namespace: string): { ms: number; atMs: number } {
    const atMs = this.#clock.nowMs()
    const before = this.#spent.get(namespace)
    if (before === undefined) return { ms: 0, atMs }
    const ms = before.ms - ((atMs - before.atMs) * MS_PER_SECOND) / 1000
    if (ms <= 0) this.#spent.delete(namespace)
    return { ms: Math.max(0, ms), atMs }
  }
}
