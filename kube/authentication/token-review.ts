import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '../../domain/clock.ts'
import type { Identity } from '../../domain/identity.ts'
import type { KubeClient } from '../client.ts'

/** Returns the user of a token. Undefined if the token is not valid. @throws StatusError when the review fails */
export type TokenReviewer = (token: string) => Promise<Identity | undefined>

type Review = {
  readonly status?: {
    readonly authenticated?: boolean
    readonly user?: {
      readonly username?: string
      readonly uid?: string
      readonly groups?: readonly string[]
      readonly extra?: { readonly [key: string]: readonly string[] }
    }
    readonly audiences?: readonly string[]
  }
}

const CACHE_MS = 10_000
const CACHE_SIZE = 4096

/** False if the response has no audiences: an API server that does not know audiences omits them, so the token may be for any audience. */
function isMeantFor(status: Review['status'], audiences: readonly string[]): boolean {
  return audiences.length === 0 || status?.audiences?.some((audience) => audiences.includes(audience)) === true
}

function userOf(status: Review['status']): Identity | undefined {
  const { username = '', uid = '', groups = [], extra = {} } = status?.user ?? {}
  return status?.authenticated === true && username !== '' ? { username, uid, groups, extra } : undefined
}

/**
 * Reviews tokens by TokenReview. Results, positive and negative, are cached for ten seconds, and concurrent calls for a token share one
 * review. Tokens are stored as HMACs with a key of this process.
 */
export function createTokenReviewer(client: KubeClient, audiences: readonly string[], clock: Clock): TokenReviewer {
  const secret = randomBytes(32)
  const known = new Map<string, { readonly until: number; readonly answer: Promise<Identity | undefined> }>()

  const review = async (token: string): Promise<Identity | undefined> => {
    const { status } = await client.json<Review>({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, ...(audiences.length === 0 ? {} : { audiences }) } },
    })
    return isMeantFor(status, audiences) ? userOf(status) : undefined
  }

  return (token) => {
    const key = createHmac('sha256', secret).update(token).digest('base64')
    const now = clock.nowMs()
    const cached = known.get(key)
    if (cached !== undefined && now < cached.until) return cached.answer
    const answer = review(token)
    answer.catch(() => known.delete(key)) // errors are not cached
    if (known.size >= CACHE_SIZE) for (const old of known.keys()) if (known.delete(old)) break
    known.delete(key)
    known.set(key, { until: now + CACHE_MS, answer })
    return answer
  }
}
