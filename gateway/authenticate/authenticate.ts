import { hash } from 'node:crypto'
import { decodeJwt } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../domain/clock.ts'
import { StatusError } from '../../domain/status-error.ts'
import { unauthorized } from '../unauthorized.ts'
import type { Arrived, Caller, Known } from '../steps.ts'
import type { Issuer } from './issuer.ts'
import type { Origin, TokenLog } from './token-log.ts'

/** @param origin Optional. Tokens of unknown origin share one address in the limits by address. */
export type Authenticator = (token: string, origin?: Origin) => Promise<Caller>

const CACHE_MS = 60_000
const CACHE_SIZE = 4096
const UNKNOWN: Origin = { address: '' }

/** A signed token: three base64url parts. An encrypted token (JWE) has five and is not accepted. */
const JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/** Returns the unverified `iss` claim. It only selects the verifier. */
function issuerOf(token: string): string {
  try {
    if (JWS.test(token)) {
      const issuer: unknown = decodeJwt(token).iss
      return typeof issuer === 'string' ? issuer : ''
    }
  } catch {
    // The payload is not JSON: refused like any other invalid token.
  }
  throw unauthorized('it is not a signed JWT')
}

type CachedCaller = { readonly caller: Caller; readonly untilMs: number }

/**
 * Caches verified callers until their token expires, for at most one minute. Keys are SHA-256 digests of tokens. Failures are not cached, so tokens
 * that are not valid evict nothing. Each entry has its own end: with the `ttl` of LRUCache, a lifetime of 0 would mean no end.
 */
function createCallerCache(clock: Clock) {
  const known = new LRUCache<string, CachedCaller>({ max: CACHE_SIZE })
  return {
    get: (key: string): Caller | undefined => {
      const found = known.get(key)
      return found !== undefined && clock.nowMs() < found.untilMs ? found.caller : undefined
    },
    keep: (key: string, caller: Caller): void => {
      known.set(key, { caller, untilMs: Math.min(caller.expiresAtMs, clock.nowMs() + CACHE_MS) })
    },
  }
}

type Options = {
  readonly issuers: readonly Issuer[]
  /** Authenticates tokens of ServiceAccounts and has its own cache. Optional. Without it they are refused. */
  readonly serviceAccounts?: Authenticator
  readonly clock: Clock
  /** Logs why tokens are refused. Optional. */
  readonly log?: TokenLog
}

export function createAuthenticator({ issuers, serviceAccounts, clock, log }: Options): Authenticator {
  const byName = new Map(issuers.map((issuer) => [issuer.name, issuer]))
  const cache = createCallerCache(clock)

  const find = async (token: string, origin: Origin): Promise<Caller> => {
    const key = hash('sha256', token, 'base64')
    const known = cache.get(key)
    if (known !== undefined) return known
    const name = issuerOf(token)
    const issuer = byName.get(name)
    if (issuer !== undefined) {
      const { caller, leftOut } = await issuer.verify(token)
      if (leftOut.length > 0) log?.leftOut(leftOut, origin)
      cache.keep(key, caller)
      return caller
    }
    if (serviceAccounts !== undefined) return serviceAccounts(token, origin)
    throw unauthorized(`no issuer ${JSON.stringify(name.slice(0, 120))} is configured`)
  }

  return async (token, origin = UNKNOWN) => {
    try {
      return await find(token, origin)
    } catch (error) {
      if (error instanceof StatusError && (error.code === 401 || error.code === 403)) log?.refused(error, origin)
      throw error
    }
  }
}

/** The step `authenticate`. Replaces the token with its caller; later steps never see the token, and can only have it verified again. */
export async function authenticate({ token, ...arrived }: Arrived, authenticator: Authenticator): Promise<Known> {
  const { address, auditID } = arrived
  const verify = (): Promise<Caller> => authenticator(token, { address, auditID })
  return { ...arrived, caller: await verify(), authenticateAgain: async () => void (await verify()) }
}
