import { createConcurrencyLimit } from '../../../kube/concurrency-limit.ts'
import { createTurns } from '../turns.ts'

/** Lists that are read and encoded at once. Each holds a page of 2 MiB as objects and as text, which is about 20 MiB. */
const AT_ONCE = 4
/** Lists of one user that wait. The gateway lists the request of each operation that it holds. */
const MAX_WAITING = 512

/** Runs the lists of all users: one of each user at a time, and few in total, so that their pages fit into memory. */
export type ListLimit = { take<T>(username: string, list: () => Promise<T>): Promise<T> }

export function createListLimit(): ListLimit {
  const turns = createTurns(MAX_WAITING)
  const limit = createConcurrencyLimit(AT_ONCE)
  return { take: (username, list) => turns.take(username, () => limit.take(list)) }
}
