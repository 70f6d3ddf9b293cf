import { StatusError } from '../../domain/status-error.ts'

/** Concurrent TokenReviews. One client address gets a quarter of them, so a flood from one address leaves places for others. */
const MAX_REVIEWS = 32
const MAX_REVIEWS_PER_ADDRESS = 8

/** Runs a review if a place is free. @throws StatusError TooManyRequests */
export type ReviewPlaces = <T>(address: string, review: () => Promise<T>) => Promise<T>

export function createReviewLimit(): ReviewPlaces {
  const byAddress = new Map<string, number>()
  let running = 0
  return async (address, review) => {
    const own = byAddress.get(address) ?? 0
    if (own >= MAX_REVIEWS_PER_ADDRESS || running >= MAX_REVIEWS)
      throw new StatusError('TooManyRequests', 'too many ServiceAccount tokens are being reviewed; try again', { details: { retryAfterSeconds: 1 } })
    byAddress.set(address, own + 1)
    running++
    try {
      return await review()
    } finally {
      running--
      const left = (byAddress.get(address) ?? 1) - 1
      if (left > 0) byAddress.set(address, left)
      else byAddress.delete(address)
    }
  }
}
