import Provider, { type Account, type Configuration, type KoaContextWithOIDC } from 'oidc-provider'
import type { Clock } from '../../domain/clock.ts'
import type { ClientConfig, LoginConfig } from '../config/config.ts'
import type { SigningKeys } from '../keys/signing-keys.ts'
import type { Person, People } from '../state/people.ts'
import type { LoginRecords } from '../records/login-records.ts'
import type { SealKeys } from '../state/seal-keys.ts'
import type { SharedState } from '../state/shared-state.ts'
import type { Tickets } from '../upstream-provider.ts'
import { everywherePath } from './everywhere-path.ts'
import { createAdapter } from './adapter.ts'
import { metadataOf, SCOPES, type Secrets } from './clients.ts'
import { deviceAnswers } from './device/answers.ts'
import { deviceFlow } from './device/device-pages.ts'
import { renderError, signOutPages } from './error-pages.ts'
import { lifetimes } from './lifetimes.ts'
import { plainForms } from './plain-forms.ts'
import type { Polls } from './device/polls.ts'
import { createPolicy } from './interaction-policy.ts'
import { withProtocolErrors } from './protocol-errors.ts'
import { nameSignIns } from './refresh-tokens.ts'
import { requestScope } from './request-scope.ts'

export type ProviderOptions = {
  readonly config: LoginConfig
  readonly keys: SigningKeys
  readonly secrets: Secrets
  readonly sealKeys: () => SealKeys
  readonly state: SharedState
  readonly people: People
  readonly polls: Polls
  readonly tickets: Tickets
  readonly clock: Clock
  readonly records: LoginRecords
}

/** The person of a token or session, with the claims that the console and kube-apiserver read. */
const accountOf = ({ name, groups, upstream }: Person): Account => ({
  accountId: name,
  upstream,
  claims: () => ({ sub: name, jti: requestScope().jti, name, preferred_username: name, groups: [...groups] }),
})

/** Whether a client may sign in the people of an upstream. */
export const allowsUpstream = ({ upstreams }: Pick<ClientConfig, 'upstreams'>, upstream: string): boolean => upstreams?.includes(upstream) ?? true

/** What is on. Everything else of oidc-provider is off. */
const features = (has: (grant: ClientConfig['grants'][number]) => boolean, tickets: Tickets): Configuration['features'] => ({
  devInteractions: { enabled: false },
  userinfo: { enabled: false },
  introspection: { enabled: false },
  // A client revokes its own tokens.
  revocation: { enabled: true, allowedPolicy: (_context, client, token) => token.clientId === client.clientId },
  resourceIndicators: { enabled: false },
  pushedAuthorizationRequests: { enabled: false },
  dPoP: { enabled: false },
  rpInitiatedLogout: { enabled: true, ...signOutPages((name) => everywherePath(tickets, name)) },
  deviceFlow: has('DeviceCode') ? { enabled: true, ...deviceFlow } : { enabled: false },
})

/**
 * oidc-provider, configured. It holds no state of its own, so a new one replaces it when keys or secrets change.
 */
export function createProvider(options: ProviderOptions): Provider {
  const { config, keys, secrets, sealKeys, state, people, polls, clock, records } = options
  const clientOf = (id: string): ClientConfig => {
    const found = config.clients.find((client) => client.id === id)
    if (found === undefined) throw new Error('there is no such client')
    return found
  }
  const has = (grant: ClientConfig['grants'][number]): boolean => config.clients.some(({ grants }) => grants.includes(grant))

  const find = withProtocolErrors(people.find)
  const findAccount: Configuration['findAccount'] = async (context, sub, token) => {
    const session = context.oidc.session
    const authTime = token !== undefined && 'authTime' in token ? token.authTime : session?.loginTs
    const person = await find(sub, authTime)
    // A token of a client that may no longer sign in these people is worth nothing.
    if (person === undefined || (token !== undefined && !allowsUpstream(clientOf(context.oidc.client?.clientId ?? ''), person.upstream)))
      return undefined
    requestScope().sessionEndsAtMs = person.endsAtMs
    return accountOf(person)
  }

  /** Each sign-in has a Grant of its own, so that what is revoked with it is that sign-in alone. A client with a secret is ours and needs no consent. */
  const loadExistingGrant = async (context: KoaContextWithOIDC) => {
    const { client, account, result, provider } = context.oidc
    const grantID = result?.consent?.grantId
    if (grantID !== undefined) return await provider.Grant.find(grantID)
    if (client === undefined || account === undefined || clientOf(client.clientId).secretFile === undefined) return undefined
    if (account.accountId !== context.oidc.session?.accountId) return undefined
    const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
    grant.addOIDCScope(SCOPES.join(' '))
    await grant.save()
    return grant
  }

  const ttl = lifetimes(config, clientOf, clock)
  const provider = new Provider(config.url, {
    adapter: createAdapter({
      state,
      keys: sealKeys,
      polls,
      clock,
      records,
      secondsOf: (client) => ttl.AccessToken(undefined, undefined, { clientId: client }),
    }),
    clients: config.clients.map((client) => metadataOf(client, secrets.get(client.id), keys.current.alg)),
    // The first one signs.
    jwks: { keys: [...keys.all] as NonNullable<Configuration['jwks']>['keys'] },
    cookies: {
      names: { session: '__Host-jit-login', interaction: 'jit-login-interaction', resume: 'jit-login-resume' },
      keys: sealKeys().forms.map(({ key }) => Buffer.from(key).toString('base64')),
      long: { httpOnly: true, sameSite: 'lax', signed: true, secure: true },
      short: { httpOnly: true, sameSite: 'lax', signed: true, secure: true },
    },
    features: features(has, options.tickets) ?? {},
    scopes: [...SCOPES],
    // The groups with every token: a program that did not ask for them would get a token to which policies that govern a group do not apply.
    claims: { openid: ['sub', 'jti', 'groups'], profile: ['name', 'preferred_username'] },
    // kube-apiserver and the console read claims from the ID token.
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    subjectTypes: ['public'],
    clientAuthMethods: ['none', 'client_secret_basic'],
    enabledJWA: { idTokenSigningAlgValues: [keys.current.alg] },
    clientDefaults: { id_token_signed_response_alg: keys.current.alg },
    pkce: { required: () => true },
    rotateRefreshToken: () => true,
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    // A sign-in on another computer outlives the browser's session. Both end when the upstream ends them.
    expiresWithSession: () => false,
    interactions: {
      url: (_context, { uid }) => `/interaction/${uid}`,
      policy: createPolicy((client, upstream) => allowsUpstream(clientOf(client), upstream)),
    },
    ttl,
    findAccount,
    loadExistingGrant,
    renderError,
  })
  nameSignIns(provider)
  provider.use(plainForms)
  provider.use(deviceAnswers)
  return provider
}
