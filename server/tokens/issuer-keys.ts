import { createRemoteJWKSet, customFetch } from 'jose'
import { Agent, fetch as undiciFetch } from 'undici'
import type { Clock } from '../../domain/clock.ts'
import { boundedAnswer } from '../http/bounded-answer.ts'

/** Where the keys of a token issuer are. */
export type IssuerAddress = {
  readonly issuer: string
  /** CA of its TLS certificate, as PEM. */
  readonly ca?: string
  readonly jwksURL?: string
}
export type IssuerKeys = ReturnType<typeof createRemoteJWKSet>

const KEYS = { timeoutDuration: 5_000, cooldownDuration: 30_000, cacheMaxAge: 600_000 }
/** Backoff after a failed fetch, so that a flood of tokens does not flood an issuer that is down. */
const FAILURE_COOLDOWN_MS = 3_000
const DISCOVERY_LIMIT = 256 * 1024
/** Of one answer. Who answers in place of an issuer must not fill the memory of whom everybody signs in with. */
const MAX_ANSWER_BYTES = 1024 * 1024

type Fetch = (url: string, signal: AbortSignal) => Promise<Response>

/** Fetches with the CA of the issuer, without redirects, and with a backoff after a failure. */
function guardedFetch({ ca }: IssuerAddress, clock: Clock): Fetch {
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca }, connections: 2, maxResponseSize: MAX_ANSWER_BYTES })
  let failedAtMs = Number.NEGATIVE_INFINITY
  return async (url, signal) => {
    if (clock.nowMs() - failedAtMs < FAILURE_COOLDOWN_MS) throw new Error('the issuer was unreachable a moment ago')
    try {
      const answer = await undiciFetch(url, { dispatcher, signal, redirect: 'error', headers: { accept: 'application/json' } })
      if (answer.status !== 200) throw new Error(`the issuer answered ${answer.status}`)
      return boundedAnswer(answer, MAX_ANSWER_BYTES)
    } catch (error) {
      failedAtMs = clock.nowMs()
      throw error
    }
  }
}

/** Returns the JWKS URL by OpenID Connect discovery. The document must name the same issuer: OpenID Connect Discovery 1.0, section 4.3. */
async function discover(address: IssuerAddress, fetchFrom: Fetch): Promise<string> {
  if (address.jwksURL !== undefined) return address.jwksURL
  const answer = await fetchFrom(`${address.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, AbortSignal.timeout(KEYS.timeoutDuration))
  const text = await answer.text()
  if (text.length > DISCOVERY_LIMIT) throw new Error('the discovery document is too long')
  const document = JSON.parse(text) as { readonly issuer?: unknown; readonly jwks_uri?: unknown }
  const { issuer, jwks_uri: uri } = document
  if (issuer !== address.issuer || typeof uri !== 'string' || !uri.startsWith('https://'))
    throw new Error('the discovery document names another issuer, or no https keys')
  return uri
}

/** The public keys of an issuer, which are fetched when they are needed and kept for ten minutes. The function throws while they are not known. */
export function createIssuerKeys(address: IssuerAddress, clock: Clock): () => Promise<IssuerKeys> {
  const fetchFrom = guardedFetch(address, clock)
  let keys: Promise<IssuerKeys> | undefined
  const load = async (): Promise<IssuerKeys> => {
    const url = new URL(await discover(address, fetchFrom))
    return createRemoteJWKSet(url, { ...KEYS, [customFetch]: (at, { signal }) => fetchFrom(at, signal) })
  }
  return async () => {
    keys ??= load()
    return await keys.catch((error: unknown) => {
      keys = undefined
      throw error
    })
  }
}
