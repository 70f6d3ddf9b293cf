/** Runs a bounded number of works at once. */
export type FairLimit = {
  /** @param gone ends the wait for a place, with its reason; the work that has begun goes on. Optional. Defaults to a wait without end */
  take<T>(owner: string, work: () => Promise<T>, gone?: AbortSignal): Promise<T>
}

type Waiting = { readonly owner: string; readonly start: () => void }

/**
 * Places that no owner takes from others: each has a bounded number, and of those who wait, the one with the fewest comes first. What finds no place
 * waits.
 * @param count of all. With one place, owners only take turns.
 * @param each the places of one owner. Optional. Defaults to all but one
 */
export function createFairLimit(count: number, each = Math.max(1, count - 1)): FairLimit {
  const running = new Map<string, number>()
  const waiting = new Set<Waiting>()
  let free = count
  const has = (owner: string): number => running.get(owner) ?? 0

  /** The one that waits longest, of the owners with the fewest places. */
  const nextOf = (): Waiting | undefined => {
    let next: Waiting | undefined
    let fewest = each
    for (const one of waiting)
      if (has(one.owner) < fewest) {
        next = one
        fewest = has(one.owner)
        if (fewest === 0) break
      }
    return next
  }
  const startNext = (): void => {
    const next = free === 0 ? undefined : nextOf()
    if (next === undefined) return
    waiting.delete(next)
    free -= 1
    running.set(next.owner, has(next.owner) + 1)
    next.start()
  }
  return {
    take: async (owner, work, gone) => {
      gone?.throwIfAborted()
      const { promise: started, resolve: start, reject } = Promise.withResolvers<void>()
      const one = { owner, start }
      const leave = (): void => {
        if (waiting.delete(one)) reject(gone?.reason as Error)
      }
      gone?.addEventListener('abort', leave, { once: true })
      waiting.add(one)
      startNext()
      await started.finally(() => gone?.removeEventListener('abort', leave))
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
