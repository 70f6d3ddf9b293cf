import { GROUP } from '../../domain/api/names.ts'
import { connectToProblem } from '../../server/oidc/client-fields.ts'
import type { LoginConfig, TokenIssuerConfig, UpstreamConfig } from './config.ts'
import { clientProblems, signsPeopleIn } from './client-problems.ts'
import { templateProblem, prefixOfTemplate } from '../exchange/name-template.ts'
import { patternProblem } from '../exchange/claim-conditions.ts'
import { problemOfName } from '../../server/claims/name-in-claim.ts'

const duplicates = (field: string, ids: readonly string[]): readonly string[] =>
  ids.flatMap((id, index) => (ids.indexOf(id) < index ? [`.${field}[${index}]: "${id}" occurs twice`] : []))

const isLogin = (issuer: string, url: string): boolean => issuer.replace(/\/$/, '') === url

function issuerProblems({ issuer, identities }: TokenIssuerConfig, at: string, url: string): readonly string[] {
  // Its tokens, and those that it gave in exchange for others, could be exchanged again and again, and would never end.
  const itself = isLogin(issuer, url) ? [`${at}.issuer: is login itself; let agents present ID tokens by exchange.clients`] : []
  const faults = identities.flatMap(({ when, name, groups }, index) => {
    const problem = templateProblem(name)
    return [
      ...(problem === undefined ? [] : [`${at}.identities[${index}].name: ${problem}`]),
      ...groups.flatMap((group, position) => {
        const wrong = problemOfName(group, '')
        return wrong === undefined ? [] : [`${at}.identities[${index}].groups[${position}]: ${wrong}`]
      }),
      ...when.flatMap(({ values, pattern }, condition) => {
        const here = `${at}.identities[${index}].when[${condition}]`
        if ((values === undefined) === (pattern === undefined)) return [`${here}: exactly one of values and pattern is required`]
        const wrong = pattern === undefined ? undefined : patternProblem(pattern)
        return wrong === undefined ? [] : [`${here}.pattern: ${wrong}`]
      }),
    ]
  })
  return [...itself, ...faults]
}

/** The prefix of everything that one source may name. With a clash, one source could name the people or agents of another. */
function prefixProblems({ upstreams, tokenIssuers = [] }: LoginConfig): readonly string[] {
  const ofUpstreams = upstreams.map(({ namePrefix = '' }, index) => ({
    prefix: namePrefix,
    source: `.upstreams[${index}]`,
    at: `.upstreams[${index}].namePrefix`,
  }))
  const ofIssuers = tokenIssuers.flatMap(({ identities }, issuer) =>
    identities.map(({ name }, index) => ({
      prefix: prefixOfTemplate(name),
      source: `.tokenIssuers[${issuer}]`,
      at: `.tokenIssuers[${issuer}].identities[${index}].name`,
    })),
  )
  const all = [...ofUpstreams, ...ofIssuers]
  const problems = all.flatMap(({ prefix, at }) =>
    ['system:', `${GROUP}:`].flatMap((reserved) =>
      prefix.toLowerCase().startsWith(reserved) ? [`${at}: begins with ${reserved}, which is of Kubernetes or jit-access`] : [],
    ),
  )
  // One upstream may go without a prefix: what agents are called, none of its people may be called (people.ts).
  const several =
    upstreams.length > 1
      ? ofUpstreams.filter(({ prefix }) => prefix === '').map(({ at }) => `${at}: required, since there are several upstreams`)
      : []
  const clashes = all.flatMap((one) =>
    all.flatMap((other) =>
      one.source !== other.source && one.prefix !== '' && other.prefix.toLowerCase().startsWith(one.prefix.toLowerCase())
        ? [`${one.at}: "${one.prefix}" begins "${other.prefix}" of ${other.at}, so one could name those of the other`]
        : [],
    ),
  )
  return [...problems, ...several, ...clashes]
}

function typeProblems({ saml, oidc }: UpstreamConfig, url: string): readonly string[] {
  if ((saml === undefined) === (oidc === undefined)) return [': exactly one of saml and oidc is required']
  if (oidc === undefined) return []
  const wrong = connectToProblem(oidc)
  return [...(isLogin(oidc.issuer, url) ? ['.oidc.issuer: is login itself'] : []), ...(wrong === undefined ? [] : [`.oidc${wrong}`])]
}

/** What the schema cannot express, each with its field. */
export function problemsOf(config: LoginConfig): readonly string[] {
  const { clients, upstreams, tokenIssuers = [] } = config
  const known = {
    upstreams: new Set(upstreams.map(({ id }) => id)),
    issuers: new Set(tokenIssuers.map(({ id }) => id)),
    clients: new Set(clients.filter(signsPeopleIn).map(({ id }) => id)),
  }
  return [
    ...(URL.parse(config.url) === null ? ['.url: is not a URL'] : []),
    ...upstreams.flatMap((upstream, index) => typeProblems(upstream, config.url).map((problem) => `.upstreams[${index}]${problem}`)),
    // Else what the browser posts could be exchanged too.
    ...upstreams.flatMap(({ id, saml }, index) =>
      saml?.exchange?.recipient === `${config.url}/upstream/${id}/acs`
        ? [`.upstreams[${index}].saml.exchange.recipient: is where browsers post; it must be the URL of the token endpoint`]
        : [],
    ),
    ...duplicates(
      'clients',
      clients.map(({ id }) => id),
    ),
    ...duplicates(
      'upstreams',
      upstreams.map(({ id }) => id),
    ),
    ...duplicates(
      'tokenIssuers',
      tokenIssuers.map(({ id }) => id),
    ),
    ...clients.flatMap((client, index) => clientProblems(client, `.clients[${index}]`, known)),
    ...tokenIssuers.flatMap((issuer, index) => issuerProblems(issuer, `.tokenIssuers[${index}]`, config.url)),
    ...prefixProblems(config),
  ]
}
