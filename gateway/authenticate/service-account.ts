import { decodeJwt } from 'jose'
import type { Clock } from '../../domain/clock.ts'
import { serviceAccountAgent } from '../../domain/names.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { TokenReviewer } from '../../kube/token-review.ts'
import type { Caller } from '../steps.ts'
import { sessionOf } from './read-claims.ts'

const PREFIX = 'system:serviceaccount:'
/** Reviews of tokens not seen in the last ten seconds, at once. The rest is told to wait: a flood stays here. */
const MOST_AT_ONCE = 16

const unauthorized = (): StatusError => new StatusError('Unauthorized', 'the token is not one that this gateway accepts')

/** What the token says of itself, unverified: enough to keep what cannot be a ServiceAccount token from kube-apiserver. */
function expiryOf(token: string, nowMs: number): number {
  const { sub, exp } = decodeJwt(token)
  if (sub?.startsWith(PREFIX) !== true || typeof exp !== 'number' || !(exp * 1000 > nowMs)) throw unauthorized()
  return exp * 1000
}

/** Tokens of Kubernetes ServiceAccounts, each asked about by TokenReview for our own audience. */
export function createServiceAccounts(reviewer: TokenReviewer, clock: Clock): (token: string) => Promise<Caller> {
  let running = 0
  return async (token) => {
    const expiresAtMs = expiryOf(token, clock.nowMs())
    if (running >= MOST_AT_ONCE) throw new StatusError('TooManyRequests', 'too many tokens are being reviewed', { details: { retryAfterSeconds: 1 } })
    running++
    try {
      const identity = await reviewer(token)
      const [namespace, name, ...more] = identity?.username.startsWith(PREFIX) === true ? identity.username.slice(PREFIX.length).split(':') : []
      if (identity === undefined || namespace === undefined || name === undefined || more.length > 0) throw unauthorized()
      const username = serviceAccountAgent(namespace, name)
      return { identity: { ...identity, username, extra: {} }, issuer: undefined, session: sessionOf('', username), expiresAtMs }
    } finally {
      running--
    }
  }
}
