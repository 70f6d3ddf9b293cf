import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Open-loop load: calls `once` at a rate, whether or not earlier calls are answered. Returns the milliseconds of each call from when it was due, so that
 * a slow answer also counts for those that it delays. If `once` returns milliseconds, these count instead.
 */
export async function arrivals(rate: number, seconds: number, once: () => Promise<number | void>): Promise<readonly number[]> {
  const taken: number[] = []
  const running = new Set<Promise<void>>()
  const started = performance.now()
  const total = Math.round(rate * seconds)
  const call = async (due: number): Promise<void> => {
    const own = await once()
    taken.push(own ?? performance.now() - due)
  }
  for (let index = 0; index < total; index += 1) {
    const due = started + (index * 1000) / rate
    const early = due - performance.now()
    if (early > 0) await sleep(early)
    const one = call(due).finally(() => running.delete(one))
    running.add(one)
  }
  await Promise.all(running)
  return taken.toSorted((a, b) => a - b)
}
