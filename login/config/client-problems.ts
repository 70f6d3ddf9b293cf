import type { ClientConfig } from './config.ts'

/** IDs that clients may name. */
export type KnownNames = { readonly upstreams: ReadonlySet<string>; readonly issuers: ReadonlySet<string>; readonly clients: ReadonlySet<string> }

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]'])

function formProblem(url: URL, text: string): string | undefined {
  if (text.includes('#')) return 'has a fragment'
  if (url.username !== '' || url.password !== '') return 'has a user name'
  return text.includes('*') ? 'has a wildcard; list each URL' : undefined
}

function uriProblem(text: string, isPublic: boolean): string | undefined {
  const url = URL.parse(text)
  if (url === null) return 'is not a URL'
  const problem = formProblem(url, text)
  if (problem !== undefined) return problem
  if (!isPublic) return url.protocol === 'https:' ? undefined : 'must be https'
  // RFC 8252, section 8.3: not `localhost`, which may be another address.
  const isLoopback = url.protocol === 'http:' && LOOPBACK.has(url.hostname)
  return isLoopback ? undefined : 'must be http://127.0.0.1/PATH or http://[::1]/PATH, since the client has no secret'
}

const PEOPLE: ReadonlySet<string> = new Set(['AuthorizationCode', 'DeviceCode', 'RefreshToken'])
const EXCHANGES: ReadonlySet<string> = new Set(['TokenExchange', 'SAMLAssertion'])

/** Whether the client gets tokens of people. */
export const signsPeopleIn = ({ grants }: Pick<ClientConfig, 'grants'>): boolean => grants.some((grant) => PEOPLE.has(grant))

function grantProblems(client: ClientConfig, at: string): readonly string[] {
  const { grants, redirectURIs = [], exchange } = client
  const has = (grant: (typeof grants)[number]): boolean => grants.includes(grant)
  const exchanges = grants.some((grant) => EXCHANGES.has(grant))
  const found: readonly [boolean, string][] = [
    [has('AuthorizationCode') !== redirectURIs.length > 0, '.redirectURIs: required for AuthorizationCode, and for nothing else'],
    [has('RefreshToken') && !has('AuthorizationCode') && !has('DeviceCode'), '.grants: RefreshToken needs AuthorizationCode or DeviceCode'],
    [exchanges && signsPeopleIn({ grants }), '.grants: a client either signs people in or exchanges tokens'],
    [exchanges !== (exchange !== undefined), '.exchange: required for TokenExchange and SAMLAssertion, and for nothing else'],
  ]
  return found.flatMap(([isWrong, problem]) => (isWrong ? [`${at}${problem}`] : []))
}

/** What is wrong with a client, each with its field. */
export function clientProblems(client: ClientConfig, at: string, { upstreams, issuers, clients }: KnownNames): readonly string[] {
  const { redirectURIs = [], signedOutURIs = [], exchange } = client
  const unknown = (field: string, ids: readonly string[] | undefined, known: ReadonlySet<string>): readonly string[] =>
    (ids ?? []).flatMap((id, index) => (known.has(id) ? [] : [`${at}.${field}[${index}]: there is no "${id}"`]))
  const uris = (field: string, all: readonly string[]): readonly string[] =>
    all.flatMap((text, index) => {
      const problem = uriProblem(text, client.secretFile === undefined)
      return problem === undefined ? [] : [`${at}.${field}[${index}]: ${problem}`]
    })
  return [
    ...grantProblems(client, at),
    ...uris('redirectURIs', redirectURIs),
    ...uris('signedOutURIs', signedOutURIs),
    ...unknown('upstreams', client.upstreams, upstreams),
    ...unknown('exchange.upstreams', exchange?.upstreams, upstreams),
    ...unknown('exchange.tokenIssuers', exchange?.tokenIssuers, issuers),
    ...unknown('exchange.clients', exchange?.clients, clients),
    // Verifiers such as kube-apiserver look at the audience, and not at the type of a token.
    ...(exchange?.audiences ?? []).flatMap((audience, index) =>
      clients.has(audience) ? [`${at}.exchange.audiences[${index}]: is a client, so the token would pass for an ID token of a person`] : [],
    ),
  ]
}
