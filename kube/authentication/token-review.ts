import { createHmac, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../domain/clock.ts'
import type { Identity } from '../../domain/identity.ts'
import { ownCallError, type KubeCall, type KubeClient } from '../client.ts'

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
/** Of each kind of result. */
const CACHE_SIZE = 4096

type Answer = { readonly untilMs: number; readonly user: Promise<Identity | undefined> }

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
 * review. Tokens are stored as HMACs with a key of this process. Negative results have their own bound: anybody can cause them, and must not evict the
 * results of users.
 */
export function createTokenReviewer(client: KubeClient, audiences: readonly string[], clock: Clock): TokenReviewer {
  const secret = randomBytes(32)
  const accepted = new LRUCache<string, Answer>({ max: CACHE_SIZE })
  const refused = new LRUCache<string, Answer>({ max: CACHE_SIZE })
  /** Reviews without a result. Callers wait for each of them, so their number has the bound of the callers. */
  const asking = new Map<string, Answer>()

  const review = async (token: string): Promise<Identity | undefined> => {
    const call: KubeCall = {
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, ...(audiences.length === 0 ? {} : { audiences }) } },
    }
    const { status } = await client.json<Review>(call).catch((error: unknown) => {
      throw ownCallError(error, 'the token cannot be reviewed now')
    })
    return isMeantFor(status, audiences) ? userOf(status) : undefined
  }

  return (token) => {
    const key = createHmac('sha256', secret).update(token).digest('base64')
    const now = clock.nowMs()
    const known = [accepted.get(key), refused.get(key), asking.get(key)].find((each) => each !== undefined && now < each.untilMs)
    if (known !== undefined) return known.user
    const answer = { untilMs: now + CACHE_MS, user: review(token) }
    const keep = (user: Identity | undefined): void => void (user === undefined ? refused : accepted).set(key, answer)
    const forget = (): void => void (asking.get(key) === answer && asking.delete(key))
    asking.set(key, answer)
    answer.user.then(keep, () => {}).finally(forget) // errors are not cached
    return answer.user
  }
}
