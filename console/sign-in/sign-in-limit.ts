import { StatusError } from '../../domain/status-error.ts'
import { FairCounts } from '../../server/fair-counts.ts'
import { siteOf } from '../../server/http/client-network.ts'
import { createFairLimit } from '../../server/fair-limit.ts'

/** Sign-ins that one client, and all clients, complete at the same time. */
const MAX_OF_CLIENT = 24
const MAX_OF_ALL = 256
/** Questions to the provider at once. */
const QUESTIONS = 8

/**
 * Bounds what anonymous clients can make the provider do. Everybody can begin a sign-in and send a code for it that the provider has never seen, so
 * clients are told apart by address: none takes all places, and those who wait take turns.
 * @throws StatusError TooManyRequests
 */
export function createSignInLimit(): <T>(address: string, work: () => Promise<T>) => Promise<T> {
  const counts = new FairCounts<string>(MAX_OF_CLIENT, MAX_OF_ALL)
  const limit = createFairLimit(QUESTIONS)
  return async (address, work) => {
    const client = siteOf(address)
    if (counts.full(client, 1) !== undefined)
      throw new StatusError('TooManyRequests', 'too many people sign in at the same time; try again', { details: { retryAfterSeconds: 2 } })
    counts.add(client, 1)
    try {
      return await limit.take(client, work)
    } finally {
      counts.add(client, -1)
    }
  }
}
