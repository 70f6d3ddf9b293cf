import { hash } from 'node:crypto'
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

type Remembered = { readonly caller: Caller; readonly untilMs: number }

/** Who showed a token, until it expires, a minute at the most. Tokens are kept as SHA-256 alone; failures are not kept. */
function createMemory(clock: Clock) {
  const known = new Map<string, Remembered>()
  return {
    get: (key: string): Caller | undefined => {
      const found = known.get(key)
      return found !== undefined && clock.nowMs() < found.untilMs ? found.caller : undefined
    },
    keep: (key: string, caller: Caller): void => {
      if (known.size >= CACHE_SIZE) known.delete(known.keys().next().value ?? '')
      known.delete(key)
      known.set(key, { caller, untilMs: Math.min(caller.expiresAtMs, clock.nowMs() + CACHE_MS) })
    },
  }
}

/** @param serviceAccounts left out: ServiceAccount tokens are refused; it remembers for itself */
export function createAuthenticator(options: {
  readonly issuers: readonly Issuer[]
  readonly serviceAccounts?: Authenticator
  readonly clock: Clock
}): Authenticator {
  const byName = new Map(options.issuers.map((issuer) => [issuer.name, issuer]))
  const memory = createMemory(options.clock)
  return async (token) => {
    const key = hash('sha256', token, 'base64')
    const known = memory.get(key)
    if (known !== undefined) return known
    const issuer = byName.get(issuerOf(token))
    if (issuer !== undefined) {
      const caller = await issuer.verify(token)
      memory.keep(key, caller)
      return caller
    }
    if (options.serviceAccounts !== undefined) return options.serviceAccounts(token)
    throw new StatusError('Unauthorized', 'the token is not one that this gateway accepts')
  }
}

/** Step 2. The token ends here: what follows knows the caller alone. */
export async function authenticate({ token, ...arrived }: Arrived, authenticator: Authenticator): Promise<Known> {
  return { ...arrived, caller: await authenticator(token) }
}
