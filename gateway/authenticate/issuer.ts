import type { Clock } from '../../domain/clock.ts'
import { StatusError } from '../../domain/status-error.ts'
import { createIssuerKeys } from '../../server/tokens/issuer-keys.ts'
import { TokenFault, verifySignedToken } from '../../server/tokens/verify-signed-token.ts'
import { unauthorized } from '../unauthorized.ts'
import type { IssuerConfig } from './issuer-config.ts'
import { readClaims, type ReadClaims } from './read-claims.ts'

/** Verifies tokens of one issuer. @throws StatusError Unauthorized, Forbidden, or ServiceUnavailable when its keys are unavailable */
export type Issuer = { readonly name: string; verify(token: string): Promise<ReadClaims> }

/** Agents are expected to use short-lived tokens. Tokens that live longer are refused. */
const MAX_LIFE_SECONDS = 24 * 3600

/** Maps all errors that are not faults of the token (network, invalid key set) to 503 instead of 401: the caller is not at fault. */
function statusOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error
  if (error instanceof TokenFault) return unauthorized(error.message)
  return new StatusError('ServiceUnavailable', 'the keys of the token issuer cannot be fetched', { cause: error, details: { retryAfterSeconds: 3 } })
}

export function createIssuer(config: IssuerConfig, clock: Clock): Issuer {
  const keys = createIssuerKeys(config, clock)
  return {
    name: config.issuer,
    verify: async (token) => {
      try {
        const { issuer, audiences, algorithms } = config
        const expected = { issuer, audiences, algorithms, nowMs: clock.nowMs(), maxLifeSeconds: MAX_LIFE_SECONDS }
        return readClaims(await verifySignedToken(token, await keys(), expected), config)
      } catch (error) {
        throw statusOf(error)
      }
    },
  }
}
