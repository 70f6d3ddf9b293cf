import { StatusError } from '../../domain/status-error.ts'

/** The work of each owner, one at a time. */
export type Turns = {
  /** Runs the work when the owner's earlier work has ended. @throws StatusError TooManyRequests when too much of the owner's waits already */
  take<T>(owner: string, work: () => Promise<T>): Promise<T>
}

export const tooManyAtOnce = (): StatusError =>
  new StatusError('TooManyRequests', 'too many concurrent requests of the same requester', { details: { retryAfterSeconds: 1 } })

/**
 * Lets each owner wait for itself. Without turns, the work of an owner that sends much at once would be in the way of all others, and creations would
 * conflict in what they count together.
 * @param mostWaiting the work of one owner that may wait
 */
export function createTurns(mostWaiting: number): Turns {
  const owners = new Map<string, { waiting: number; last: Promise<unknown> }>()
  return {
    take: async (owner, work) => {
      const own = owners.get(owner) ?? { waiting: 0, last: Promise.resolve() }
      if (own.waiting > mostWaiting) throw tooManyAtOnce()
      owners.set(owner, own)
      own.waiting += 1
      const done = own.last.then(work).finally(() => {
        own.waiting -= 1
        if (own.waiting === 0) owners.delete(owner)
      })
      own.last = done.catch(() => undefined)
      return await done
    },
  }
}
