import { createHash } from 'node:crypto'
import { decodeJwt } from 'jose'
import type { Clock } from '../../domain/clock.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Arrived, Caller, Known } from '../steps.ts'
import type { Issuer } from './issuer.ts'

export type Authenticator = (token: string) => Promise<Caller>

const CACHE_MS = 60_000
const CACHE_SIZE = 4096

/** Three parts of base64url: a signed token. JWE has five, and is no token of ours. */
const JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/** `iss`, not verified: it only chooses who verifies. */
function issuerOf(token: string): string {
  try {
    if (JWS.test(token)) return decodeJwt(token).iss ?? ''
  } catch {
    // Not JSON: the same answer as for no token at all.
  }
  throw new StatusError('Unauthorized', 'the bearer token is no signed JWT')
}

/** Remembers who showed a token until it expires, a minute at the most. Tokens are kept as SHA-256 alone; failures are not kept. */
function remembering(verify: Authenticator, clock: Clock): Authenticator {
  const known = new Map<string, { readonly caller: Caller; readonly untilMs: number }>()
  return async (token) => {
    const key = createHash('sha256').update(token).digest('base64')
    const found = known.get(key)
    if (found !== undefined && clock.nowMs() < found.untilMs) return found.caller
    const caller = await verify(token)
    if (known.size >= CACHE_SIZE) known.delete(known.keys().next().value ?? '')
    known.delete(key)
    known.set(key, { caller, untilMs: Math.min(caller.expiresAtMs, clock.nowMs() + CACHE_MS) })
    return caller
  }
}

/** @param serviceAccounts left out: ServiceAccount tokens are refused */
export function createAuthenticator(options: {
  readonly issuers: readonly Issuer[]
  readonly serviceAccounts?: Authenticator
  readonly clock: Clock
}): Authenticator {
  const byName = new Map(options.issuers.map((issuer) => [issuer.name, remembering((token) => issuer.verify(token), options.clock)]))
  return (token) => {
    const verify = byName.get(issuerOf(token)) ?? options.serviceAccounts
    if (verify === undefined) throw new StatusError('Unauthorized', 'the token is not one that this gateway accepts')
    return verify(token)
  }
}

/** Step 2. The token ends here: what follows knows the caller alone. */
export async function authenticate({ token, ...arrived }: Arrived, authenticator: Authenticator): Promise<Known> {
  return { ...arrived, caller: await authenticator(token) }
}
