/** Runs a bounded number of works at once. */
export type FairLimit = { take<T>(owner: string, work: () => Promise<T>): Promise<T> }

/**
 * Places that no owner takes from others: each has all but one at most, and of those who wait, the one with the fewest comes first. What finds no place
 * waits.
 * @param count of all. With one place, owners only take turns.
 */
export function createFairLimit(count: number): FairLimit {
  const most = Math.max(1, count - 1)
  const running = new Map<string, number>()
  let waiting: readonly { readonly owner: string; readonly start: () => void }[] = []
  let free = count
  const has = (owner: string): number => running.get(owner) ?? 0

  const startNext = (): void => {
    if (free === 0) return
    const [next] = waiting.filter(({ owner }) => has(owner) < most).toSorted((one, other) => has(one.owner) - has(other.owner))
    if (next === undefined) return
    waiting = waiting.filter((each) => each !== next)
    free -= 1
    running.set(next.owner, has(next.owner) + 1)
    next.start()
  }
  return {
    take: async (owner, work) => {
      const started = new Promise<void>((start) => (waiting = [...waiting, { owner, start }]))
      startNext()
      await started
      try {
        return await work()
      } finally {
        free += 1
        if (has(owner) > 1) running.set(owner, has(owner) - 1)
        else running.delete(owner)
        startNext()
      }
    },
  }
}
