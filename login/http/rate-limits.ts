import type { RequestHandler } from 'express'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../domain/clock.ts'
import { StatusError } from '../../domain/status-error.ts'
import { networkOf, siteOf } from '../../server/http/client-network.ts'
import type { LoginMetrics } from '../metrics.ts'

/** What is limited, by client address: requests at once, and requests a minute after that. At each replica. `by`: what counts as one address. */
export const LIMITS = {
  /** Pages of a sign-in, six for each. Whole offices have one address, and a visitor stores nothing. */
  'sign-in': { by: networkOf, burst: 300, perMinute: 300 },
  /** New device codes. */
  device: { by: siteOf, burst: 10, perMinute: 5 },
  /** User codes that are typed: with 1000 codes of 25 billion, no one is found by trying. */
  code: { by: siteOf, burst: 10, perMinute: 5 },
  /** The token endpoint. CI systems send from few addresses. */
  token: { by: networkOf, burst: 300, perMinute: 600 },
} as const
export type LimitName = keyof typeof LIMITS

/** Addresses that are remembered for each limit. Above it the oldest are forgotten, with what they had used. */
const MAX_ADDRESSES = 20_000

type Bucket = { left: number; atMs: number }

export type RateLimits = {
  readonly limit: (name: LimitName) => RequestHandler
  /** @throws StatusError */ readonly take: (name: LimitName, address: string) => void
}

export function createRateLimits(clock: Clock, metrics: Pick<LoginMetrics, 'limited'>): RateLimits {
  const buckets = Object.fromEntries(Object.keys(LIMITS).map((name) => [name, new LRUCache<string, Bucket>({ max: MAX_ADDRESSES })])) as {
    readonly [name in LimitName]: LRUCache<string, Bucket>
  }
  const take = (name: LimitName, address: string): void => {
    const { by, burst, perMinute } = LIMITS[name]
    const [key, nowMs] = [by(address), clock.nowMs()]
    const bucket = buckets[name].get(key) ?? { left: burst, atMs: nowMs }
    bucket.left = Math.min(burst, bucket.left + (Math.max(0, nowMs - bucket.atMs) * perMinute) / 60_000)
    bucket.atMs = nowMs
    buckets[name].set(key, bucket)
    if (bucket.left < 1) {
      metrics.limited(name)
      throw new StatusError('TooManyRequests', 'Too many requests came from your address. Wait a minute, then try again.', {
        details: { retryAfterSeconds: Math.ceil(60 / perMinute) },
      })
    }
    bucket.left -= 1
  }
  return {
    take,
    limit: (name) => (request, _response, next) => {
      take(name, request.ip ?? '')
      next()
    },
  }
}
