import { createLocalJWKSet } from 'jose'
import type { Clock } from '../../domain/clock.ts'
import { TokenFault, verifySignedToken } from '../../server/tokens/verify-signed-token.ts'
import type { SigningKeys } from '../keys/signing-keys.ts'
import type { People } from '../state/people.ts'
import type { Named } from './named.ts'
import { ExchangeRefused } from './refused.ts'

export type OwnTokens = { readonly issuer: string; readonly keys: () => SigningKeys; readonly people: People; readonly clock: Clock }

/** The person of an ID token of this server that one of `clients` got, while the person is signed in. @throws ExchangeRefused */
export async function verifyOwnIdToken(token: string, clients: readonly string[], { issuer, keys, people, clock }: OwnTokens): Promise<Named> {
  if (clients.length === 0) throw new ExchangeRefused('this client may present no ID tokens')
  const { published } = keys()
  const jwks = createLocalJWKSet({ keys: [...published] })
  const algorithms = [...new Set(published.map(({ alg }) => alg ?? ''))]
  try {
    const claims = await verifySignedToken(token, jwks, { issuer, audiences: clients, algorithms, nowMs: clock.nowMs() })
    // An exchanged token has no auth_time and another audience: nobody gets from token to token forever.
    const authTime = typeof claims['auth_time'] === 'number' ? claims['auth_time'] : undefined
    const person = await people.find(claims.sub ?? '', authTime)
    if (person === undefined) throw new ExchangeRefused('the person is not signed in any more')
    return person
  } catch (error) {
    throw error instanceof TokenFault ? new ExchangeRefused(error.message) : error
  }
}
