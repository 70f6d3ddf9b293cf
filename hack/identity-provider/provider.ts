import Provider, { errors, type AdapterFactory, type ClientMetadata, type KoaContextWithOIDC } from 'oidc-provider'
import type { Identity } from './identities.ts'
import { interactionPath } from './login-page.ts'
import { mint } from './mint.ts'
import { BadOrder, ORDER_PARAMETERS, orderOf, type OrderParameters } from './order.ts'
import { ALGORITHMS, type SigningKey } from './signing-keys.ts'

/** The client that has the minting secret. */
export const CLIENT = 'jit-access-development'
export const MINT_GRANT = 'urn:jit-access:grant-type:mint'
/** Makes new signing keys; `keep` says whether the old ones stay published. */
export const ROTATE_GRANT = 'urn:jit-access:grant-type:rotate'

/** A confidential client that humans sign in to, by the authorization code flow with PKCE. */
export type Client = {
  readonly id: string
  readonly secret: string
  readonly redirectURIs: readonly string[]
  readonly signedOutURIs?: readonly string[]
}

export type ProviderOptions = {
  readonly issuer: string
  readonly keys: readonly SigningKey[]
  readonly secret: string
  readonly clients: readonly Client[]
  readonly identities: ReadonlyMap<string, Identity>
  /** Outlives the provider, so that a rotation ends no sign-in. */
  readonly store: AdapterFactory
  readonly cookieKeys: readonly string[]
  readonly rotate: (keepOld: boolean) => Promise<void>
}

const SCOPES = 'openid profile groups'
const SECONDS = 600

const metadataOf = ({ id, secret, redirectURIs, signedOutURIs = [] }: Client): ClientMetadata => ({
  client_id: id,
  client_secret: secret,
  grant_types: ['authorization_code'],
  response_types: ['code'],
  redirect_uris: [...redirectURIs],
  post_logout_redirect_uris: [...signedOutURIs],
  token_endpoint_auth_method: 'client_secret_basic',
  id_token_signed_response_alg: 'ES256',
})

/** What a client of ours asks for needs no consent. */
async function grantOf({ oidc }: KoaContextWithOIDC): Promise<InstanceType<Provider['Grant']>> {
  const grant = new oidc.provider.Grant({ accountId: oidc.account?.accountId ?? '', clientId: oidc.client?.clientId ?? '' })
  grant.addOIDCScope(SCOPES)
  await grant.save()
  return grant
}

/**
 * A real OpenID Connect provider: discovery, JWKS, client authentication, the authorization code flow and the token endpoint are
 * oidc-provider's. Humans choose who they are on a login page (login.ts). A custom grant issues any token to the client with the secret, since people
 * and agents are only names here.
 */
export function createProvider({ issuer, keys, secret, clients, identities, store, cookieKeys, rotate }: ProviderOptions): Provider {
  const provider = new Provider(issuer, {
    adapter: store,
    clients: [
      ...clients.map(metadataOf),
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
    cookies: { keys: [...cookieKeys] },
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name'], groups: ['groups'] },
    conformIdTokenClaims: false, // the groups are in the ID token, as the console and kube-apiserver read them
    interactions: { url: (_context, { uid }) => interactionPath(uid) },
    loadExistingGrant: grantOf,
    findAccount: (_context, accountId) => {
      const { groups = [], claims = {} } = identities.get(accountId) ?? {}
      return { accountId, claims: () => ({ groups, ...claims, sub: accountId }) }
    },
    ttl: { Interaction: SECONDS, Session: SECONDS, Grant: SECONDS, AccessToken: SECONDS, IdToken: SECONDS, AuthorizationCode: 60 },
    enabledJWA: { idTokenSigningAlgValues: [...ALGORITHMS] },
    extraClientMetadata: { properties: [] },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    responseTypes: ['code'],
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
