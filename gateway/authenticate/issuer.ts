import { createRemoteJWKSet, customFetch } from 'jose'
import { Agent, fetch as undiciFetch } from 'undici'
import type { Clock } from '../../domain/clock.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { IssuerConfig } from './issuer-config.ts'
import { readClaims, type ReadClaims } from './read-claims.ts'
import { verifySignedToken } from './verify-signed-token.ts'

/** Verifies tokens of one issuer. @throws StatusError Unauthorized, Forbidden, or ServiceUnavailable when its keys are unavailable */
export type Issuer = { readonly name: string; verify(token: string): Promise<ReadClaims> }

/** Agents are expected to use short-lived tokens. Tokens that live longer are refused. */
const MAX_LIFE_SECONDS = 24 * 3600
const KEYS = { timeoutDuration: 5_000, cooldownDuration: 30_000, cacheMaxAge: 600_000 }
/** Backoff after a failed fetch, so that a flood of tokens does not flood an issuer that is down. */
const FAILURE_COOLDOWN_MS = 3_000
const DISCOVERY_LIMIT = 256 * 1024

type Fetch = (url: string, signal: AbortSignal) => Promise<Response>
type Keys = ReturnType<typeof createRemoteJWKSet>

/** Fetches with the CA of the issuer, without redirects, and with a backoff after a failure. */
function guardedFetch(config: IssuerConfig, clock: Clock): Fetch {
  const dispatcher = new Agent({ connect: config.ca === undefined ? {} : { ca: config.ca }, connections: 2 })
  let failedAtMs = Number.NEGATIVE_INFINITY
  return async (url, signal) => {
    if (clock.nowMs() - failedAtMs < FAILURE_COOLDOWN_MS) throw new Error('the issuer was unreachable a moment ago')
    try {
      const answer = await undiciFetch(url, { dispatcher, signal, redirect: 'error', headers: { accept: 'application/json' } })
      if (answer.status !== 200) throw new Error(`the issuer answered ${answer.status}`)
      return answer
    } catch (error) {
      failedAtMs = clock.nowMs()
      throw error
    }
  }
}

/** Returns the JWKS URL by OpenID Connect discovery. The document must name the same issuer: OpenID Connect Discovery 1.0, section 4.3. */
async function discover(config: IssuerConfig, fetchFrom: Fetch): Promise<string> {
  if (config.jwksURL !== undefined) return config.jwksURL
  const answer = await fetchFrom(`${config.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, AbortSignal.timeout(KEYS.timeoutDuration))
  const text = await answer.text()
  if (text.length > DISCOVERY_LIMIT) throw new Error('the discovery document is too long')
  const document = JSON.parse(text) as { readonly issuer?: unknown; readonly jwks_uri?: unknown }
  const { issuer, jwks_uri: uri } = document
  if (issuer !== config.issuer || typeof uri !== 'string' || !uri.startsWith('https://'))
    throw new Error('the discovery document names another issuer, or no https keys')
  return uri
}

/** Maps all errors that are not faults of the token (network, invalid key set) to 503 instead of 401: the caller is not at fault. */
function statusOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error
  return new StatusError('ServiceUnavailable', 'the keys of the token issuer cannot be fetched', { cause: error, details: { retryAfterSeconds: 3 } })
}

export function createIssuer(config: IssuerConfig, clock: Clock): Issuer {
  const fetchFrom = guardedFetch(config, clock)
  let keys: Promise<Keys> | undefined
  const load = async (): Promise<Keys> => {
    const url = new URL(await discover(config, fetchFrom))
    return createRemoteJWKSet(url, { ...KEYS, [customFetch]: (at, { signal }) => fetchFrom(at, signal) })
  }
  return {
    name: config.issuer,
    verify: async (token) => {
      try {
        keys ??= load()
        const known = await keys.catch((error: unknown) => {
          keys = undefined
          throw error
        })
        const { issuer, audiences, algorithms } = config
        const expected = { issuer, audiences, algorithms, nowMs: clock.nowMs(), maxLifeSeconds: MAX_LIFE_SECONDS }
        return readClaims(await verifySignedToken(token, known, expected), config)
      } catch (error) {
        throw statusOf(error)
      }
    },
  }
}
