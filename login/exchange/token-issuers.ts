import { readFile } from 'node:fs/promises'
import { decodeJwt } from 'jose'
import type { Clock } from '../../domain/clock.ts'
import { CLAIM_DEFAULTS } from '../../server/claims/claim-fields.ts'
import { ConfigError } from '../../server/config.ts'
import { createIssuerKeys } from '../../server/tokens/issuer-keys.ts'
import { TokenFault, verifySignedToken } from '../../server/tokens/verify-signed-token.ts'
import type { TokenIssuerConfig } from '../config/config.ts'
import { allHold } from './claim-conditions.ts'
import type { Named } from './named.ts'
import { nameOf } from './name-template.ts'
import { ExchangeRefused } from './refused.ts'

const MAX_AGE_SECONDS = 3600
/** Tokens are compact JWS; those with hundreds of groups have some 30 KiB. */
const MAX_LENGTH = 64 * 1024

/** Verifies tokens of other issuers. */
export type TokenIssuers = {
  /** @param allowed IDs of the issuers that the client may present. @throws ExchangeRefused; other errors when the keys are unavailable */
  verify(token: string, allowed: readonly string[]): Promise<Named>
}

function issuerIn(token: string): string {
  try {
    return decodeJwt(token).iss ?? ''
  } catch {
    throw new ExchangeRefused('it is not a JWT')
  }
}

async function createTokenIssuer(config: TokenIssuerConfig, clock: Clock): Promise<(token: string) => Promise<Named>> {
  const { id, issuer, audience, algorithms = CLAIM_DEFAULTS.algorithms, maxAgeSeconds = MAX_AGE_SECONDS, identities, caFile, jwksURL } = config
  const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8').catch(() => undefined)
  if (caFile !== undefined && ca === undefined) throw new ConfigError(`${caFile}: cannot be read`)
  const keys = createIssuerKeys({ issuer, ...(ca === undefined ? {} : { ca }), ...(jwksURL === undefined ? {} : { jwksURL }) }, clock)
  return async (token) => {
    const nowMs = clock.nowMs()
    const claims = await verifySignedToken(token, await keys(), { issuer, audiences: [audience], algorithms, nowMs })
    if ((claims.iat ?? 0) * 1000 < nowMs - maxAgeSeconds * 1000) throw new ExchangeRefused(`it was issued more than ${maxAgeSeconds} s ago`)
    const identity = identities.find(({ when }) => allHold(when, claims))
    if (identity === undefined) throw new ExchangeRefused(`its claims fit no identity of the token issuer "${id}"`)
    return { name: nameOf(identity.name, claims), groups: identity.groups }
  }
}

/** @throws ConfigError when a CA cannot be read */
export async function createTokenIssuers(configs: readonly TokenIssuerConfig[], clock: Clock): Promise<TokenIssuers> {
  const issuers = await Promise.all(configs.map(async (config) => ({ config, verify: await createTokenIssuer(config, clock) })))
  return {
    verify: async (token, allowed) => {
      if (token.length > MAX_LENGTH) throw new ExchangeRefused('it is too long')
      const issuer = issuerIn(token)
      const found = issuers.find(({ config }) => config.issuer === issuer && allowed.includes(config.id))
      if (found === undefined) throw new ExchangeRefused('it is of no token issuer that this client may present')
      try {
        return await found.verify(token)
      } catch (error) {
        throw error instanceof TokenFault ? new ExchangeRefused(error.message) : error
      }
    },
  }
}
