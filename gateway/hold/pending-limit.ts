import { FairCounts } from '../../server/fair-counts.ts'
import { tooManyError } from './hold-errors.ts'

/** Limits pending operations, so that an agent in a loop can neither exhaust memory nor flood approvers. */
const MAX_WAITING = 256
const MAX_WAITING_PER_IDENTITY = 16
/** Bodies of pending operations stay in memory until the decision, so they have a separate limit. One body is at most 3 MiB. */
const MAX_BODY_BYTES = 32 * 1024 * 1024
const MAX_BODY_BYTES_PER_IDENTITY = 4 * 1024 * 1024

export type PendingLimit = {
  /** Counts one operation and its body. Returns the release function. @throws StatusError TooManyRequests */
  take(username: string, bodyBytes: number): () => void
  readonly taken: number
}

const REFUSALS = {
  operations: {
    own: 'too many of your operations wait for approval',
    all: 'too many operations of all agents wait for approval',
  },
  bodies: {
    own: 'the bodies of your operations that wait for approval are too large together',
    all: 'the bodies of all operations that wait for approval are too large together',
  },
} as const

export function createPendingLimit(most = MAX_WAITING): PendingLimit {
  const operations = new FairCounts<string>(MAX_WAITING_PER_IDENTITY, most)
  const bodies = new FairCounts<string>(MAX_BODY_BYTES_PER_IDENTITY, MAX_BODY_BYTES)
  return {
    take: (username, bodyBytes) => {
      const noPlace = operations.full(username, 1)
      if (noPlace !== undefined) throw tooManyError(REFUSALS.operations[noPlace])
      const noRoom = bodyBytes === 0 ? undefined : bodies.full(username, bodyBytes)
      if (noRoom !== undefined) throw tooManyError(REFUSALS.bodies[noRoom])
      operations.add(username, 1)
      if (bodyBytes > 0) bodies.add(username, bodyBytes)
      return () => {
        operations.add(username, -1)
        if (bodyBytes > 0) bodies.add(username, -bodyBytes)
      }
    },
    get taken() {
      return operations.total
    },
  }
}
