/** Runs work in a bounded number of places. What finds no place waits, in its order. */
export type Places = { take<T>(work: () => Promise<T>): Promise<T> }

export function createPlaces(count: number): Places {
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
