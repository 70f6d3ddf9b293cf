import { StatusError } from '../../domain/status-error.ts'

/** The work of each owner, one at a time. */
export type Turns = {
  /** Runs the work when the owner's earlier work has ended. @throws StatusError TooManyRequests when too much waits already */
  take<T>(owner: string, work: () => Promise<T>): Promise<T>
}

const tooMany = (message: string): StatusError => new StatusError('TooManyRequests', message, { details: { retryAfterSeconds: 1 } })

export const tooManyAtOnce = (): StatusError => tooMany('too many concurrent requests of the same requester')
const tooManyOfAll = (): StatusError => tooMany('too many concurrent requests; try again')

/**
 * Lets each owner wait for itself. Without turns, the work of an owner that sends much at once would be in the way of all others, and creations would
 * conflict in what they count together. When all owners together send more than can be done, those that send the most are refused first.
 * @param mostWaiting the work of one owner that may wait
 * @param mostOfAll the work of all owners, running or waiting, from which on an owner that has some gets no more; at twice as much, nobody does
 */
export function createTurns(mostWaiting: number, mostOfAll = Infinity): Turns {
  const owners = new Map<string, { waiting: number; last: Promise<unknown> }>()
  let all = 0
  return {
    take: async (owner, work) => {
      const own = owners.get(owner) ?? { waiting: 0, last: Promise.resolve() }
      if (own.waiting > mostWaiting) throw tooManyAtOnce()
      if (all >= mostOfAll && (own.waiting > 0 || all >= 2 * mostOfAll)) throw tooManyOfAll()
      owners.set(owner, own)
      own.waiting += 1
      all += 1
      const done = own.last.then(work).finally(() => {
        own.waiting -= 1
        all -= 1
        if (own.waiting === 0) owners.delete(owner)
      })
      own.last = done.catch(() => undefined)
      return await done
    },
  }
}
