import { hash } from 'node:crypto'
import { decodeJwt, errors, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '../../domain/clock.ts'
import type { Identity } from '../../domain/identity.ts'
import { serviceAccountAgent } from '../../domain/api/names.ts'
import type { TokenReviewer } from '../../kube/authentication/token-review.ts'
import { unauthorized } from '../unauthorized.ts'
import type { Authenticator } from './authenticate.ts'
import type { ClusterKeys } from './cluster-keys.ts'
import { sessionOf } from './read-claims.ts'
import { createReviewLimit } from './review-places.ts'
import { verifySignedToken } from './verify-signed-token.ts'

const PREFIX = 'system:serviceaccount:'
/** What kube-apiserver signs ServiceAccount tokens with, an external signer included. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'] as const

/** What the token says of itself, unverified: enough to keep what cannot be a ServiceAccount token from any further work. */
function expiryOf(token: string, nowMs: number): number {
  const { sub, exp } = decodeJwt(token)
  if (sub?.startsWith(PREFIX) !== true) throw unauthorized('it is of no configured issuer and of no ServiceAccount')
  if (typeof exp !== 'number' || !(exp * 1000 > nowMs)) throw unauthorized('it is of a ServiceAccount, and expired or without exp')
  return exp * 1000
}

type Verification = { readonly keys: ClusterKeys; readonly audiences: readonly string[] }

/**
 * Whether the cluster's keys say that it made this token for us. `iss` is left to the TokenReview: a cluster that changes its issuer
 * accepts the old one too.
 * @returns false when the keys cannot be had
 * @throws StatusError Unauthorized
 */
async function isVerified(token: string, { keys, audiences }: Verification, nowMs: number): Promise<boolean> {
  const verify = (by: JWTVerifyGetKey) => verifySignedToken(token, by, { audiences, algorithms: ALGORITHMS, nowMs })
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
 * Tokens of Kubernetes ServiceAccounts: verified by the cluster's own keys, so that a made-up one costs no review, then asked about by
 * TokenReview for our own audience, which knows whether the ServiceAccount and what the token is bound to still exist. Without the keys
 * every token is reviewed, in places that are bounded by address.
 * @param verification left out: every token is reviewed
 */
export function createServiceAccounts(reviewer: TokenReviewer, clock: Clock, verification?: Verification): Authenticator {
  // Whoever has many tokens that verify is another one than whoever makes some up: neither takes the other's places.
  const [places, unverifiedPlaces] = [createReviewLimit(), createReviewLimit()]
  const asking = new Map<string, Promise<Identity | undefined>>()
  /** Requests that come at once with one token take one place. */
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
      throw unauthorized('the TokenReview says that it is no valid token of a ServiceAccount for the audience of the gateway')
    const username = serviceAccountAgent(namespace, name)
    return { identity: { ...identity, username, extra: {} }, issuer: undefined, session: sessionOf('', username), expiresAtMs }
  }
}
