import { hash } from 'node:crypto'
import { decodeJwt } from 'jose'
import type { Clock } from '../../domain/clock.ts'
import { StatusError } from '../../domain/status-error.ts'
import { unauthorized } from '../unauthorized.ts'
import type { Arrived, Caller, Known } from '../steps.ts'
import type { Issuer } from './issuer.ts'
import type { Origin, TokenLog } from './token-log.ts'

/** @param origin left out: unknown, which is one address for all bounds */
export type Authenticator = (token: string, origin?: Origin) => Promise<Caller>

const CACHE_MS = 60_000
const CACHE_SIZE = 4096
const UNKNOWN: Origin = { address: '' }

/** Three parts of base64url: a signed token. JWE has five, and is no token of ours. */
const JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/** `iss`, not verified: it only chooses who verifies. */
function issuerOf(token: string): string {
  try {
    if (JWS.test(token)) {
      const issuer: unknown = decodeJwt(token).iss
      return typeof issuer === 'string' ? issuer : ''
    }
  } catch {
    // Not JSON: the same answer as for no token at all.
  }
  throw unauthorized('it is no signed JWT')
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

type Options = {
  readonly issuers: readonly Issuer[]
  /** Left out: ServiceAccount tokens are refused. It remembers for itself. */
  readonly serviceAccounts?: Authenticator
  readonly clock: Clock
  /** Left out: nobody is told why a token was refused. */
  readonly log?: TokenLog
}

export function createAuthenticator({ issuers, serviceAccounts, clock, log }: Options): Authenticator {
  const byName = new Map(issuers.map((issuer) => [issuer.name, issuer]))
  const memory = createMemory(clock)

  const find = async (token: string, origin: Origin): Promise<Caller> => {
    const key = hash('sha256', token, 'base64')
    const known = memory.get(key)
    if (known !== undefined) return known
    const name = issuerOf(token)
    const issuer = byName.get(name)
    if (issuer !== undefined) {
      const { caller, leftOut } = await issuer.verify(token)
      if (leftOut.length > 0) log?.leftOut(leftOut, origin)
      memory.keep(key, caller)
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

/** Step 2. The token ends here: what follows knows the caller alone. */
export async function authenticate({ token, ...arrived }: Arrived, authenticator: Authenticator): Promise<Known> {
  const { address, auditID } = arrived
  return { ...arrived, caller: await authenticator(token, { address, auditID }) }
}
