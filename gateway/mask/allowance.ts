import type { Clock } from '../../domain/clock.ts'

/** Milliseconds of work that a namespace may take at once, and that it gets back in a second. */
const BURST_MS = 3_000
const MS_PER_SECOND = 100
/** How often to look whether a spent namespace may go on. */
const PAUSE_MS = 250

/** How much work each namespace may cause. One that has taken all of its share waits; the others do not. */
export class Allowance {
  readonly #clock: Clock
  readonly #spent = new Map<string, { ms: number; atMs: number }>()
  /** Until it is called, nobody waits: at the start every namespace is learned once, however much it holds. */
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

  /** Resolves after a moment, when somebody may go on. */
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
