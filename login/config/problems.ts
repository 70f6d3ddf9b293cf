import type { ClientConfig, LoginConfig, TokenIssuerConfig } from './config.ts'
import { templateProblem, prefixOfTemplate } from '../exchange/name-template.ts'
import { patternProblem } from '../exchange/claim-conditions.ts'

const duplicates = (field: string, ids: readonly string[]): readonly string[] =>
  ids.flatMap((id, index) => (ids.indexOf(id) < index ? [`.${field}[${index}]: "${id}" occurs twice`] : []))

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]'])

function uriProblem(text: string, isPublic: boolean): string | undefined {
  const url = URL.parse(text)
  if (url === null) return 'is not a URL'
  if (url.hash !== '' || text.includes('#')) return 'has a fragment'
  if (url.username !== '' || url.password !== '') return 'has a user name'
  if (text.includes('*')) return 'has a wildcard; list each URL'
  // RFC 8252, section 8.3: not `localhost`, which may be another address.
  if (isPublic) return url.protocol === 'http:' && LOOPBACK.has(url.hostname) ? undefined : 'must be http://127.0.0.1/PATH or http://[::1]/PATH, since the client has no secret'
  return url.protocol === 'https:' ? undefined : 'must be https'
}

const PEOPLE: ReadonlySet<string> = new Set(['AuthorizationCode', 'DeviceCode', 'RefreshToken'])

function clientProblems(client: ClientConfig, at: string, { upstreams, issuers, clients }: Known): readonly string[] {
  const { grants, redirectURIs = [], signedOutURIs = [], exchange } = client
  const has = (grant: (typeof grants)[number]): boolean => grants.includes(grant)
  const isPublic = client.secretFile === undefined
  const exchanges = has('TokenExchange') || has('SAMLAssertion')
  const unknown = (field: string, ids: readonly string[] | undefined, known: ReadonlySet<string>): readonly string[] =>
    (ids ?? []).flatMap((id, index) => (known.has(id) ? [] : [`${at}.${field}[${index}]: there is no "${id}"`]))
  const uris = (field: string, all: readonly string[]): readonly string[] =>
    all.flatMap((text, index) => {
      const problem = uriProblem(text, isPublic)
      return problem === undefined ? [] : [`${at}.${field}[${index}]: ${problem}`]
    })
  return [
    ...(has('AuthorizationCode') === redirectURIs.length > 0 ? [] : [`${at}.redirectURIs: required for AuthorizationCode, and for nothing else`]),
    ...(has('RefreshToken') && !has('AuthorizationCode') && !has('DeviceCode')
      ? [`${at}.grants: RefreshToken needs AuthorizationCode or DeviceCode`]
      : []),
    ...(exchanges && grants.some((grant) => PEOPLE.has(grant)) ? [`${at}.grants: a client either signs people in or exchanges tokens`] : []),
    ...(exchanges === (exchange !== undefined) ? [] : [`${at}.exchange: required for TokenExchange and SAMLAssertion, and for nothing else`]),
    ...uris('redirectURIs', redirectURIs),
    ...uris('signedOutURIs', signedOutURIs),
    ...unknown('upstreams', client.upstreams, upstreams),
    ...unknown('exchange.upstreams', exchange?.upstreams, upstreams),
    ...unknown('exchange.tokenIssuers', exchange?.tokenIssuers, issuers),
    ...unknown('exchange.clients', exchange?.clients, clients),
  ]
}

function issuerProblems({ identities }: TokenIssuerConfig, at: string): readonly string[] {
  return identities.flatMap(({ when, name }, index) => {
    const problem = templateProblem(name)
    return [
      ...(problem === undefined ? [] : [`${at}.identities[${index}].name: ${problem}`]),
      ...when.flatMap(({ values, pattern }, condition) => {
        const here = `${at}.identities[${index}].when[${condition}]`
        if ((values === undefined) === (pattern === undefined)) return [`${here}: exactly one of values and pattern is required`]
        const wrong = pattern === undefined ? undefined : patternProblem(pattern)
        return wrong === undefined ? [] : [`${here}.pattern: ${wrong}`]
      }),
    ]
  })
}

type Known = { readonly upstreams: ReadonlySet<string>; readonly issuers: ReadonlySet<string>; readonly clients: ReadonlySet<string> }

/** The prefix of everything that one source may name. With a clash, one source could name the people or agents of another. */
function prefixProblems({ upstreams, tokenIssuers = [] }: LoginConfig): readonly string[] {
  const ofUpstreams = upstreams.map(({ namePrefix = '' }, index) => ({ prefix: namePrefix, source: `.upstreams[${index}]`, at: `.upstreams[${index}].namePrefix` }))
  const ofIssuers = tokenIssuers.flatMap(({ identities }, issuer) =>
    identities.map(({ name }, index) => ({
      prefix: prefixOfTemplate(name),
      source: `.tokenIssuers[${issuer}]`,
      at: `.tokenIssuers[${issuer}].identities[${index}].name`,
    })),
  )
  const all = [...ofUpstreams, ...ofIssuers]
  const problems = all.flatMap(({ prefix, at }) => (prefix.toLowerCase().startsWith('system:') ? [`${at}: begins with system:, which is of Kubernetes`] : []))
  // One upstream may go without a prefix: what agents are called, none of its people may be called (people.ts).
  const several = upstreams.length > 1 ? ofUpstreams.filter(({ prefix }) => prefix === '').map(({ at }) => `${at}: required, since there are several upstreams`) : []
  const clashes = all.flatMap((one) =>
    all.flatMap((other) =>
      one.source !== other.source && one.prefix !== '' && other.prefix.startsWith(one.prefix)
        ? [`${one.at}: "${one.prefix}" begins "${other.prefix}" of ${other.at}, so one could name those of the other`]
        : [],
    ),
  )
  return [...problems, ...several, ...clashes]
}

/** What the schema cannot express, each with its field. */
export function problemsOf(config: LoginConfig): readonly string[] {
  const { clients, upstreams, tokenIssuers = [] } = config
  const known = {
    upstreams: new Set(upstreams.map(({ id }) => id)),
    issuers: new Set(tokenIssuers.map(({ id }) => id)),
    clients: new Set(clients.filter(({ grants }) => grants.some((grant) => PEOPLE.has(grant))).map(({ id }) => id)),
  }
  return [
    ...(URL.parse(config.url) === null ? ['.url: is not a URL'] : []),
    ...duplicates('clients', clients.map(({ id }) => id)),
    ...duplicates('upstreams', upstreams.map(({ id }) => id)),
    ...duplicates('tokenIssuers', tokenIssuers.map(({ id }) => id)),
    ...clients.flatMap((client, index) => clientProblems(client, `.clients[${index}]`, known)),
    ...tokenIssuers.flatMap((issuer, index) => issuerProblems(issuer, `.tokenIssuers[${index}]`)),
    ...prefixProblems(config),
  ]
}
