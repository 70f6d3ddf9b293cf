import { randomUUID } from 'node:crypto'
import type { Clock } from '../../domain/clock.ts'
import { GRANTS } from '../config/clients.ts'
import type { ClientConfig } from '../config/config.ts'
import type { SigningKeys } from '../keys/signing-keys.ts'
import { secondsUntil, tokenSecondsOf } from '../provider/lifetimes.ts'
import type { People } from '../state/people.ts'
import { UpstreamError, type Upstream } from '../upstream-provider.ts'
import { issue } from './issue.ts'
import type { Named } from './named.ts'
import { verifyOwnIdToken } from './own-tokens.ts'
import { ExchangeRefused } from './refused.ts'
import type { TokenIssuers } from './token-issuers.ts'

const TYPE = 'urn:ietf:params:oauth:token-type:'
/** The types of RFC 8693, section 3, that are accepted. */
export const TOKEN_TYPES = { jwt: `${TYPE}jwt`, idToken: `${TYPE}id_token`, accessToken: `${TYPE}access_token`, saml2: `${TYPE}saml2` } as const

/** A request that cannot be meant: a mistake of the client, and its error code of OAuth. The client sees the message. */
export class ExchangeError extends Error {
  readonly code: 'invalid_request' | 'invalid_target'
  constructor(code: 'invalid_request' | 'invalid_target', message: string) {
    super(message)
    this.code = code
  }
}

export type Parameters = { readonly [name in (typeof PARAMETERS)[number]]?: unknown }
export const PARAMETERS = [
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'audience',
  'resource',
  'scope',
  'assertion',
] as const

export type Exchanged = {
  readonly token: string
  readonly jti: string
  readonly seconds: number
  readonly subject: string
  readonly actor?: string | undefined
  readonly audience: string
}

export type ExchangeDependencies = {
  readonly issuer: string
  readonly keys: () => SigningKeys
  readonly people: People
  readonly tokenIssuers: TokenIssuers
  readonly upstreams: readonly Upstream[]
  readonly clock: Clock
}

type Rights = NonNullable<ClientConfig['exchange']>

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

function required(parameters: Parameters, name: keyof Parameters): string {
  const value = text(parameters[name])
  if (value === undefined) throw new ExchangeError('invalid_request', `${name} is missing, or given twice`)
  return value
}

/** A narrower audience is chosen from those of the client. There is no resource and no scope to choose from. */
function audienceOf({ audience, resource }: Parameters, { audiences }: Rights): string {
  if (resource !== undefined) throw new ExchangeError('invalid_target', 'name an audience, not a resource')
  const wanted = audience === undefined ? audiences[0] : text(audience)
  if (wanted === undefined || !audiences.includes(wanted)) throw new ExchangeError('invalid_target', 'the client may not ask for this audience')
  return wanted
}

const isRefusal = (error: unknown): error is UpstreamError => error instanceof UpstreamError && error.failure.reason !== 'Unavailable'

/** The first one, unless it is a refusal. */
const graver = (one: unknown, other: unknown): unknown => (one === undefined || isRefusal(one) ? other : one)

/** Exchanges what a client presents for a token of this server. */
export function createExchange(deps: ExchangeDependencies) {
  const { issuer, keys, people, tokenIssuers, upstreams, clock } = deps

  const ofAssertion = async (assertion: string, allowed: readonly string[] = []): Promise<Named> => {
    const verifiers = upstreams.flatMap(({ id, verifyAssertion }) => (allowed.includes(id) && verifyAssertion !== undefined ? [verifyAssertion] : []))
    if (verifiers.length === 0) throw new ExchangeRefused('this client may present no SAML assertions')
    let failure: unknown
    for (const verify of verifiers) {
      try {
        const signedIn = await verify(assertion, 'exchange')
        const { name, groups } = people.named(signedIn)
        return { name, groups, ...(signedIn.sessionEndsAt === undefined ? {} : { endsAtMs: signedIn.sessionEndsAt }) }
      } catch (error) {
        // An error is not a denial: while one of them cannot tell, nobody knows that the assertion is refused.
        failure = graver(failure, error)
      }
    }
    if (isRefusal(failure)) throw new ExchangeRefused(failure.failure.detail ?? failure.failure.message)
    throw failure
  }

  const ofToken = async (token: string, type: string, rights: Rights): Promise<Named> => {
    if (type === TOKEN_TYPES.saml2) return await ofAssertion(token, rights.upstreams)
    if (type === TOKEN_TYPES.jwt) return await tokenIssuers.verify(token, rights.tokenIssuers ?? [])
    if (type === TOKEN_TYPES.idToken) return await verifyOwnIdToken(token, rights.clients ?? [], { issuer, keys, people, clock })
    throw new ExchangeError('invalid_request', `token types are ${TOKEN_TYPES.jwt}, ${TOKEN_TYPES.idToken} and ${TOKEN_TYPES.saml2}`)
  }

  /** Only an agent acts for somebody, and proves who it is by a token of a token issuer. */
  const actorOf = async (parameters: Parameters, rights: Rights): Promise<Named | undefined> => {
    const { actor_token: token, actor_token_type: type } = parameters
    if (token === undefined && type === undefined) return undefined
    if (rights.actors !== true) throw new ExchangeRefused('this client may not present an actor')
    if (required(parameters, 'actor_token_type') !== TOKEN_TYPES.jwt)
      throw new ExchangeError('invalid_request', `actor_token_type is ${TOKEN_TYPES.jwt}`)
    return await tokenIssuers.verify(required(parameters, 'actor_token'), rights.tokenIssuers ?? [])
  }

  const finish = async (
    client: ClientConfig,
    audience: string,
    { subject, actor }: { readonly subject: Named; readonly actor?: Named | undefined },
  ): Promise<Exchanged> => {
    const seconds = secondsUntil(subject.endsAtMs, tokenSecondsOf(client), clock)
    if (seconds === 0) throw new ExchangeRefused('the session at the identity provider has ended')
    const jti = randomUUID()
    const order = { client: client.id, audience, subject, actor, seconds, jti }
    const token = await issue(order, { issuer, key: keys().current, clock })
    return { token, jti, seconds, subject: subject.name, actor: actor?.name, audience }
  }

  return {
    /** RFC 8693. @throws ExchangeError, ExchangeRefused */
    tokenExchange: async (client: ClientConfig, parameters: Parameters): Promise<Exchanged> => {
      const { exchange } = client
      if (exchange === undefined) throw new ExchangeRefused('this client may exchange nothing')
      const audience = audienceOf(parameters, exchange)
      const wanted = parameters.requested_token_type
      if (wanted !== undefined && wanted !== TOKEN_TYPES.accessToken && wanted !== TOKEN_TYPES.jwt)
        throw new ExchangeError('invalid_request', `requested_token_type is ${TOKEN_TYPES.accessToken} or ${TOKEN_TYPES.jwt}`)
      const [type, token] = [required(parameters, 'subject_token_type'), required(parameters, 'subject_token')]
      const actor = await actorOf(parameters, exchange)
      // An ID token says who a human is. Without an actor, it would turn a token for kubectl into one for the gateway.
      if (actor === undefined && type === TOKEN_TYPES.idToken) throw new ExchangeError('invalid_request', 'an ID token needs an actor_token')
      if (actor !== undefined && type === TOKEN_TYPES.jwt)
        throw new ExchangeError('invalid_request', 'an agent acts for a human: the subject_token is an ID token or a SAML assertion')
      return await finish(client, audience, { subject: await ofToken(token, type, exchange), actor })
    },
    /** RFC 7522. @throws ExchangeError, ExchangeRefused */
    samlAssertion: async (client: ClientConfig, parameters: Parameters): Promise<Exchanged> => {
      const { exchange, grants } = client
      if (exchange === undefined || !grants.includes('SAMLAssertion')) throw new ExchangeRefused('this client may exchange nothing')
      const audience = audienceOf(parameters, exchange)
      return await finish(client, audience, { subject: await ofAssertion(required(parameters, 'assertion'), exchange.upstreams) })
    },
  }
}
export type TokenExchange = ReturnType<typeof createExchange>

export const EXCHANGE_GRANTS = { tokenExchange: GRANTS.TokenExchange, samlAssertion: GRANTS.SAMLAssertion } as const
