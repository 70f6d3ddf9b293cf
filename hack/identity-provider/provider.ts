import { randomBytes } from 'node:crypto'
import Provider, { errors } from 'oidc-provider'
import type { Identity } from './identities.ts'
import { mint } from './mint.ts'
import { noStore } from './no-store.ts'
import { BadOrder, ORDER_PARAMETERS, orderOf, type OrderParameters } from './order.ts'
import { ALGORITHMS, type SigningKey } from './signing-keys.ts'

/** The only client: it has the minting secret. */
export const CLIENT = 'jit-access-development'
export const MINT_GRANT = 'urn:jit-access:grant-type:mint'
/** Makes new signing keys; `keep` says whether the old ones stay published. */
export const ROTATE_GRANT = 'urn:jit-access:grant-type:rotate'

export type ProviderOptions = {
  readonly issuer: string
  readonly keys: readonly SigningKey[]
  readonly secret: string
  readonly identities: ReadonlyMap<string, Identity>
  readonly rotate: (keepOld: boolean) => Promise<void>
}

/**
 * A real OpenID Connect provider: discovery, JWKS, client authentication and the token endpoint are oidc-provider's. There is no login: a
 * custom grant issues tokens to the client with the secret, since people and agents are only names here.
 */
export function createProvider({ issuer, keys, secret, identities, rotate }: ProviderOptions): Provider {
  const provider = new Provider(issuer, {
    adapter: noStore,
    clients: [
      {
        client_id: CLIENT,
        client_secret: secret,
        grant_types: [MINT_GRANT, ROTATE_GRANT],
        response_types: [],
        redirect_uris: [],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    // Include the private parts: oidc-provider publishes only the public ones.
    jwks: { keys: keys.map(({ jwk }) => jwk) },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    enabledJWA: { idTokenSigningAlgValues: [...ALGORITHMS] },
    extraClientMetadata: { properties: [] },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    responseTypes: ['code', 'id_token'],
  })
  provider.registerGrantType<OrderParameters>(
    MINT_GRANT,
    async (context) => {
      try {
        const order = orderOf(context.oidc.params, identities)
        const token = await mint(order, { issuer, keys, nowSeconds: Math.floor(Date.now() / 1000) })
        context.body = { id_token: token, token_type: 'N_A', expires_in: order.ttlSeconds }
      } catch (error) {
        if (error instanceof BadOrder) throw new errors.InvalidRequest(error.message)
        throw error
      }
    },
    ORDER_PARAMETERS,
  )
  provider.registerGrantType<{ readonly keep?: unknown }>(
    ROTATE_GRANT,
    async (context) => {
      await rotate(context.oidc.params.keep === 'true')
      context.body = {}
    },
    ['keep'],
  )
  return provider
}
