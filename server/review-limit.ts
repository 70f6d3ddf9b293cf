import { StatusError } from '../domain/status-error.ts'
import { FairCounts } from './fair-counts.ts'

/** Concurrent TokenReviews. One client address gets a quarter of them, so a flood from one address leaves places for others. */
const MAX_REVIEWS = 32
const MAX_REVIEWS_PER_ADDRESS = 8

/** Runs a review if a place is free. @throws StatusError TooManyRequests */
export type ReviewLimit = <T>(address: string, review: () => Promise<T>) => Promise<T>

export function createReviewLimit(): ReviewLimit {
  const running = new FairCounts<string>(MAX_REVIEWS_PER_ADDRESS, MAX_REVIEWS)
  return async (address, review) => {
    if (running.full(address, 1) !== undefined)
      throw new StatusError('TooManyRequests', 'too many tokens are being reviewed; try again', { details: { retryAfterSeconds: 1 } })
    running.add(address, 1)
    try {
      return await review()
    } finally {
      running.add(address, -1)
    }
  }
}
