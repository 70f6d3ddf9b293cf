/** Runs a bounded number of works at once. The others wait, in their order. */
export type ConcurrencyLimit = { take<T>(work: () => Promise<T>): Promise<T> }

export function createConcurrencyLimit(count: number): ConcurrencyLimit {
  const waiting: (() => void)[] = []
  let free = count
  return {
    take: async (work) => {
      if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
      else free -= 1
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next === undefined) free += 1
        else next()
      }
    },
  }
}
