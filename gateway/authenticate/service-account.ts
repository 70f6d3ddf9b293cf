import { hash } from 'node:crypto'
import { decodeJwt, errors, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '../../domain/clock.ts'
import type { Identity } from '../../domain/identity.ts'
import { serviceAccountAgent } from '../../domain/api/names.ts'
import type { TokenReviewer } from '../../kube/authentication/token-review.ts'
import { TokenFault, verifySignedToken } from '../../server/tokens/verify-signed-token.ts'
import { unauthorized } from '../unauthorized.ts'
import type { Authenticator } from './authenticate.ts'
import type { ClusterKeys } from './cluster-keys.ts'
import { sessionOf } from './read-claims.ts'
import { createReviewLimit } from '../../server/review-limit.ts'

const PREFIX = 'system:serviceaccount:'
/** Algorithms of ServiceAccount tokens, including those of an external signer of kube-apiserver. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'] as const

/** Reads the unverified expiry, in milliseconds. Refuses tokens that cannot be live ServiceAccount tokens before any costly work. */
function expiryOf(token: string, nowMs: number): number {
  const { sub, exp } = decodeJwt(token)
  if (sub?.startsWith(PREFIX) !== true) throw unauthorized('it is neither from a configured issuer nor from a ServiceAccount')
  if (typeof exp !== 'number' || !(exp * 1000 > nowMs)) throw unauthorized('it is from a ServiceAccount, but expired or without exp')
  return exp * 1000
}

type Verification = { readonly keys: ClusterKeys; readonly audiences: readonly string[] }

/**
 * Verifies with the cluster's keys that the cluster issued this token for the gateway's audience. Does not check `iss`, since a cluster that
 * changes its issuer also accepts the old one; the TokenReview checks it.
 * @returns false when the keys are unavailable
 * @throws StatusError Unauthorized
 */
async function isVerified(token: string, { keys, audiences }: Verification, nowMs: number): Promise<boolean> {
  const verify = async (by: JWTVerifyGetKey): Promise<void> => {
    try {
      await verifySignedToken(token, by, { audiences, algorithms: ALGORITHMS, nowMs })
    } catch (error) {
      throw error instanceof TokenFault ? unauthorized(error.message) : error
    }
  }
  const known = await keys.current()
  if (known === undefined) return false
  let missing = false
  const noting: JWTVerifyGetKey = async (header, input) => {
    try {
      return await known(header, input)
    } catch (error) {
      missing = error instanceof errors.JWKSNoMatchingKey
      throw error
    }
  }
  try {
    await verify(noting)
    return true
  } catch (error) {
    if (!missing) throw error
    const renewed = await keys.renewed()
    if (renewed === undefined) return false
    if (renewed === known) throw error
    await verify(renewed)
    return true
  }
}

/**
 * Authenticates tokens of Kubernetes ServiceAccounts. First verifies them with the cluster's keys, so that a forged token costs no review. Then
 * sends a TokenReview for the gateway's audience, which checks whether the ServiceAccount and the object that the token is bound to still exist.
 * Without the keys every token is reviewed, limited by address.
 * @param verification Optional. Without it every token is reviewed
 */
export function createServiceAccounts(reviewer: TokenReviewer, clock: Clock, verification?: Verification): Authenticator {
  // Separate limits for verified and unverified tokens, so that forged tokens cannot take the places of genuine ones.
  const [places, unverifiedPlaces] = [createReviewLimit(), createReviewLimit()]
  const asking = new Map<string, Promise<Identity | undefined>>()
  /** Concurrent requests with the same token share one review. */
  const review = (token: string, address: string, verified: boolean): Promise<Identity | undefined> => {
    const key = hash('sha256', token, 'base64')
    const asked = asking.get(key)
    if (asked !== undefined) return asked
    const answer = (verified ? places : unverifiedPlaces)(address, () => reviewer(token)).finally(() => asking.delete(key))
    asking.set(key, answer)
    return answer
  }
  return async (token, origin) => {
    const expiresAtMs = expiryOf(token, clock.nowMs())
    const verified = verification !== undefined && (await isVerified(token, verification, clock.nowMs()))
    const identity = await review(token, origin?.address ?? '', verified)
    const [namespace, name, ...more] = identity?.username.startsWith(PREFIX) === true ? identity.username.slice(PREFIX.length).split(':') : []
    if (identity === undefined || namespace === undefined || name === undefined || more.length > 0)
      throw unauthorized('the TokenReview says that it is not a valid ServiceAccount token for the audience of the gateway')
    const username = serviceAccountAgent(namespace, name)
    return { identity: { ...identity, username, extra: {} }, issuer: undefined, session: sessionOf('', username), expiresAtMs }
  }
}
