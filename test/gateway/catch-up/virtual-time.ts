import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CatchUpTiming } from '../../../gateway/catch-up/timing.ts'

/** Virtual time that advances only when all work that is due has run. */
export class VirtualTime implements CatchUpTiming {
  #now = 0
  #due: { readonly at: number; readonly do: () => void }[] = []

  nowMs(): number {
    return this.#now
  }

  at(ms: number, job: () => void): void {
    const entry = { at: Math.max(ms, this.#now), do: job }
    const index = this.#due.findIndex(({ at }) => at > entry.at)
    this.#due.splice(index < 0 ? this.#due.length : index, 0, entry)
  }

  pause(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.at(this.#now + ms, resolve)
      signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** Advances time to `until`, and runs everything that is due by then. */
  async run(until: number): Promise<void> {
    for (;;) {
      await nextTurn()
      const [next] = this.#due
      if (next === undefined || next.at > until) break
      this.#due.shift()
      this.#now = next.at
      next.do()
    }
    this.#now = Math.max(this.#now, until)
  }
}
