import { randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'
import * as oidc from 'openid-client'
import { networkOf } from '../../server/http/client-network.ts'
import { SCOPE_DEFAULTS } from '../../server/oidc/client-fields.ts'
import { UpstreamError, type Outcome, type SignedIn, type Wanted } from '../upstream-provider.ts'
import { refusalOf } from './oauth-errors.ts'
import { checkIDToken } from './id-token.ts'
import { namesIn } from './person.ts'
import { failureOf, OidcRefused } from './refused.ts'
import type { OidcService } from './service.ts'

/** Kind of the tickets that are the states of sign-ins. */
const STATE = 'oidc-state'
/** Time to sign in at the provider, second factor included. */
const STATE_SECONDS = 900

/** What a state says: the interaction, and whether the provider has to say when the person authenticated. */
const textOf = (interaction: string, { maxAgeSeconds }: Wanted): string =>
  `${interaction} ${randomBytes(16).toString('base64url')} ${maxAgeSeconds === undefined ? '' : 'timed'}`

/** Nonce and PKCE verifier are secrets of the state, which every replica computes: nothing is stored, and what passes through browsers tells no verifier. */
const secretOf = ({ context }: OidcService, state: string, purpose: 'nonce' | 'verifier'): string => {
  const secret = context.tickets.secret(STATE, state, purpose)
  if (secret === undefined) throw new OidcRefused('State', 'the state has ended')
  return secret
}

/** Sends the browser to the provider. openid-client refuses an endpoint without TLS. @throws UpstreamError */
export async function beginSignIn(
  service: OidcService,
  { interaction, wanted }: { readonly interaction: string; readonly wanted: Wanted },
  response: Response,
): Promise<void> {
  const { context, config, provider, redirectURI } = service
  try {
    const state = context.tickets.issue(STATE, textOf(interaction, wanted), STATE_SECONDS)
    const location = oidc.buildAuthorizationUrl(await provider.current(), {
      redirect_uri: redirectURI,
      scope: ['openid', ...(config.scopes ?? SCOPE_DEFAULTS)].join(' '),
      state,
      nonce: secretOf(service, state, 'nonce'),
      code_challenge: await oidc.calculatePKCECodeChallenge(secretOf(service, state, 'verifier')),
      code_challenge_method: 'S256',
      ...askFor(wanted),
    })
    response.redirect(303, location.href)
  } catch (error) {
    throw new UpstreamError(failureOf(error), error)
  }
}

const askFor = ({ maxAgeSeconds }: Wanted): { readonly [parameter: string]: string } =>
  maxAgeSeconds === undefined ? {} : { max_age: String(maxAgeSeconds), ...(maxAgeSeconds === 0 ? { prompt: 'login' } : {}) }

/** Answers the browser that comes back from the provider. */
export async function answerSignIn(service: OidcService, request: Request, response: Response): Promise<void> {
  const outcome = await bounded(service, networkOf(request.ip ?? ''), () => outcomeOf(service, request.originalUrl.split('?').slice(1).join('?')))
  service.metrics.answered('failure' in outcome ? outcome.refusal : 'Success')
  await service.context.done(outcome, request, response)
}

type Refused = Extract<Outcome, { readonly failure: unknown }> & { readonly refusal: OidcRefused['refusal'] | 'Error' }
type Answered = Exclude<Outcome, { readonly failure: unknown }> | Refused

/** Each answer makes a request to the provider, so nobody can make many at once. */
async function bounded({ waiting }: OidcService, client: string, work: () => Promise<Answered>): Promise<Answered> {
  if (waiting.full(client, 1) !== undefined)
    return { interaction: undefined, failure: failureOf(new Error('too many answers are verified at the same time')), refusal: 'Error' }
  waiting.add(client, 1)
  try {
    return await work()
  } finally {
    waiting.add(client, -1)
  }
}

async function outcomeOf(service: OidcService, query: string): Promise<Answered> {
  let interaction: string | undefined
  try {
    const [state = '', ...more] = new URLSearchParams(query).getAll('state')
    const [begun, , timed] = more.length > 0 ? [] : (service.context.tickets.read(STATE, state)?.split(' ') ?? [])
    interaction = begun
    if (interaction === undefined) throw new OidcRefused('State', 'the answer fits no sign-in that is still open')
    const person = await personIn(service, { state, query, isTimed: timed === 'timed' })
    const { remember } = service.context.state
    if ((await remember(STATE, state, { ttlSeconds: STATE_SECONDS, owner: person.name })) === 'seen')
      throw new OidcRefused('Replay', 'the sign-in was answered before')
    return { interaction, person }
  } catch (error) {
    return { interaction, failure: failureOf(error), refusal: error instanceof OidcRefused ? error.refusal : 'Error' }
  }
}

/**
 * The person whom the provider names. openid-client verifies the answer (`iss`, `state`), and the ID token: signature, issuer, audience, authorized party,
 * times and nonce. The tokens are forgotten here: nothing uses the access token.
 */
async function personIn(
  service: OidcService,
  { state, query, isTimed }: { readonly state: string; readonly query: string; readonly isTimed: boolean },
): Promise<SignedIn> {
  const { id, config, context, provider, redirectURI } = service
  const [nonce, verifier] = [secretOf(service, state, 'nonce'), secretOf(service, state, 'verifier')]
  const server = await provider.current()
  try {
    const tokens = await oidc.authorizationCodeGrant(server, new URL(`${redirectURI}?${query}`), {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    })
    const claims = tokens.claims()
    if (claims === undefined || tokens.id_token === undefined) throw new OidcRefused('Token', 'there is no ID token')
    checkIDToken({ idToken: tokens.id_token, accessToken: tokens.access_token, claims }, config)
    if (isTimed && claims.auth_time === undefined) throw new OidcRefused('AuthTime', 'auth_time is missing')
    const { name, groups, leftOut } = namesIn(claims, config)
    if (leftOut.length > 0) context.log.warn('sign-in.groups-left-out', { upstream: id, reason: leftOut.join('; ') })
    return { name, groups, upstream: id, authenticatedAt: (claims.auth_time ?? 0) * 1000 }
  } catch (error) {
    provider.failed(error)
    throw refusalOf(error)
  }
}
