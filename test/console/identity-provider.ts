import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import Provider, { type InteractionResults } from 'oidc-provider'
import { createSigningKey } from '../../hack/identity-provider/signing-keys.ts'
import { localhost } from '../fakes/localhost.ts'

export const CLIENT = 'jit-console'
export const CLIENT_SECRET = 'test-secret-of-the-console-client'

/** The claims of the person who signs in next. `deny`: they refuse. */
export type Person = { readonly sub: string; readonly claims?: { readonly [claim: string]: unknown }; readonly deny?: true }

export type TestProvider = {
  readonly issuer: string
  readonly ca: string
  person: Person
  /** Status of the token endpoint while it fails, without an answer in the form of OAuth. */
  failing: number | undefined
  /** Number of codes that were exchanged for tokens. */
  readonly exchanged: () => number
  stop(): Promise<void>
}

/** A real OpenID Connect provider with the authorization code flow and PKCE, whose login page answers at once as the person that the test sets. */
export async function startProvider(redirectURI: string): Promise<TestProvider> {
  const pair = await localhost('console-test-idp')
  let handle: RequestListener | undefined
  const server = createServer({ cert: pair.cert, key: pair.key }, (request, response) => handle?.(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}`
  let exchanged = 0
  const state: Pick<TestProvider, 'person' | 'failing'> = { person: { sub: 'alice' }, failing: undefined }

  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT,
        client_secret: CLIENT_SECRET,
        grant_types: ['authorization_code'],
        response_types: ['code'],
        redirect_uris: [redirectURI],
        post_logout_redirect_uris: [new URL('/signed-out', redirectURI).href],
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [(await createSigningKey('ES256')).jwk] },
    cookies: { keys: ['test'] },
    pkce: { required: () => true },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    claims: { openid: ['sub'], profile: ['name'], groups: ['groups', 'email', 'email_verified'] },
    conformIdTokenClaims: false,
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...state.person.claims }) }),
  })
  provider.on('grant.success', () => (exchanged += 1))

  const interact = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { prompt, session } = await provider.interactionDetails(request, response)
    const { sub, deny } = state.person
    const finish = (result: InteractionResults): Promise<void> =>
      provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true })
    if (deny === true) return await finish({ error: 'access_denied', error_description: '<script>alert(1)</script>' })
    if (prompt.name === 'login') return await finish({ login: { accountId: sub } })
    const grant = new provider.Grant({ accountId: session?.accountId ?? sub, clientId: CLIENT })
    grant.addOIDCScope('openid profile groups')
    await finish({ consent: { grantId: await grant.save() } })
  }
  const callback = provider.callback()
  handle = (request, response) => {
    if (request.url?.startsWith('/interaction/') === true) void interact(request, response).catch(() => response.writeHead(500).end())
    else if (state.failing !== undefined && request.url === '/token') response.writeHead(state.failing).end('<p>busy</p>')
    else void callback(request, response)
  }
  return Object.assign(state, {
    issuer,
    ca: pair.ca,
    exchanged: () => exchanged,
    stop: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  })
}
