import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ClientConfig, LoginConfig, TokenIssuerConfig } from '../../../login/config/config.ts'
import { problemsOf } from '../../../login/config/config-problems.ts'
import { ROOT } from '../../manifest/overlay.ts'

let shipped: LoginConfig
beforeAll(async () => {
  shipped = parse(await readFile(join(ROOT, 'kustomize/components/login-saml/config.yaml'), 'utf8')) as LoginConfig
})

const withClient = (client: ClientConfig): readonly string[] => problemsOf({ ...shipped, clients: [client] })
const KUBECTL: ClientConfig = { id: 'kubectl', grants: ['AuthorizationCode'], redirectURIs: ['http://127.0.0.1/callback'] }
const issuer = (id: string, name: string): TokenIssuerConfig => ({
  id,
  issuer: `https://${id}.test`,
  audience: 'login',
  identities: [{ when: [{ claim: 'sub', values: ['x'] }], name, groups: [] }],
})
const withIssuers = (...tokenIssuers: readonly TokenIssuerConfig[]): readonly string[] => problemsOf({ ...shipped, tokenIssuers })
const when = (condition: TokenIssuerConfig['identities'][number]['when'][number]): readonly string[] =>
  withIssuers({ ...issuer('a', 'ci:{sub}'), identities: [{ when: [condition], name: 'ci:{sub}', groups: [] }] })

describe('the configuration', () => {
  it('that is shipped has no problem', () => expect(problemsOf(shipped)).toEqual([]))
  it.each([
    ['http://localhost/callback', 'must be http://127.0.0.1/PATH'],
    ['https://127.0.0.1/callback', 'must be http://127.0.0.1/PATH'],
    ['http://127.0.0.1/callback#x', 'has a fragment'],
    ['http://u@127.0.0.1/callback', 'has a user name'],
    ['http://127.0.0.1/*', 'has a wildcard'],
    ['callback', 'is not a URL'],
  ])('refuses %s for a client without a secret', (uri, problem) =>
    expect(withClient({ ...KUBECTL, redirectURIs: [uri] })).toEqual([expect.stringContaining(problem)]),
  )
  it('refuses http for a client with a secret', () =>
    expect(withClient({ ...KUBECTL, secretFile: 's' })).toEqual([expect.stringContaining('must be https')]))
  it('refuses grants without what they need, and what they do not use', () => {
    expect(withClient({ id: 'a', grants: ['AuthorizationCode'] })).toEqual([expect.stringContaining('.redirectURIs: required')])
    expect(withClient({ id: 'a', grants: ['RefreshToken'] })).toEqual([expect.stringContaining('RefreshToken needs')])
    expect(withClient({ id: 'a', grants: ['TokenExchange'] })).toEqual([expect.stringContaining('.exchange: required')])
    expect(withClient({ ...KUBECTL, exchange: { audiences: ['x'] } })).toEqual([expect.stringContaining('.exchange: required')])
    expect(withClient({ ...KUBECTL, grants: ['AuthorizationCode', 'TokenExchange'], exchange: { audiences: ['x'] } })).toEqual([
      expect.stringContaining('either signs people in or exchanges tokens'),
    ])
  })
  it('refuses IDs that are not there, and IDs that occur twice', () => {
    expect(withClient({ ...KUBECTL, upstreams: ['other'] })).toEqual([expect.stringContaining('there is no "other"')])
    expect(withClient({ id: 'a', grants: ['TokenExchange'], exchange: { audiences: ['x'], tokenIssuers: ['ci'] } })).toHaveLength(1)
    expect(problemsOf({ ...shipped, clients: [KUBECTL, KUBECTL] })).toEqual([expect.stringContaining('occurs twice')])
  })
  it.each(['', '/'])('refuses itself as a token issuer: its tokens could be exchanged again and again (%j)', (end) =>
    expect(withIssuers({ ...issuer('a', 'ci:{sub}'), issuer: `${shipped.url}${end}` })).toEqual([
      expect.stringContaining('.tokenIssuers[0].issuer: is login itself'),
    ]),
  )
  it('refuses prefixes by which one source could name the people or agents of another', () => {
    expect(withIssuers(issuer('a', 'ci:{sub}'), issuer('b', 'gitlab:{sub}'))).toEqual([])
    expect(withIssuers(issuer('a', 'ci:{sub}'), issuer('b', 'ci:b:{sub}'))).toEqual([expect.stringContaining('could name those of the other')])
    expect(withIssuers(issuer('a', 'CI:{sub}'), issuer('b', 'ci:b:{sub}'))).toEqual([expect.stringContaining('could name those of the other')])
    expect(withIssuers(issuer('a', 'system:{sub}'))).toEqual([expect.stringContaining('begins with system:')])
    const [corp] = shipped.upstreams
    const two = [corp, { ...corp, id: 'other' }] as LoginConfig['upstreams']
    expect(problemsOf({ ...shipped, upstreams: two })).toHaveLength(2)
    expect(problemsOf({ ...shipped, upstreams: two.map((each) => ({ ...each, namePrefix: `${each.id}:` })) })).toEqual([])
  })
  it('refuses names and groups of Kubernetes and jit-access', () => {
    expect(withIssuers(issuer('a', 'JIT.access:{sub}'))).toEqual([expect.stringContaining('begins with jit.access:')])
    for (const group of ['system:masters', 'jit.access:x', ' '])
      expect(
        withIssuers({ ...issuer('a', 'ci:{sub}'), identities: [{ when: [{ claim: 'sub', values: ['x'] }], name: 'ci:{sub}', groups: [group] }] }),
      ).toEqual([expect.stringContaining('.tokenIssuers[0].identities[0].groups[0]')])
  })
  it('refuses an audience by which an exchanged token would pass for an ID token of a person', () => {
    const agents: ClientConfig = { id: 'agents', grants: ['TokenExchange'], exchange: { audiences: ['jit-gateway', 'kubectl'] } }
    expect(problemsOf({ ...shipped, clients: [KUBECTL, agents] })).toEqual([
      expect.stringContaining('.clients[1].exchange.audiences[1]: is a client'),
    ])
  })
  it('refuses an upstream of no type or two, login as its own upstream, and an address that is none', () => {
    const [corp] = shipped.upstreams
    const oidc = { issuer: 'https://idp.example.com', clientID: 'jit-login' }
    const withUpstream = (upstream: object): readonly string[] =>
      problemsOf({ ...shipped, upstreams: [{ id: 'corp', label: 'Corp', ...upstream }] as LoginConfig['upstreams'] })
    expect(withUpstream({ oidc })).toEqual([])
    for (const types of [{}, { saml: corp?.saml, oidc }])
      expect(withUpstream(types)).toEqual([expect.stringContaining('.upstreams[0]: exactly one of saml and oidc')])
    expect(withUpstream({ oidc: { ...oidc, issuer: `${shipped.url}/` } })).toEqual([expect.stringContaining('.upstreams[0].oidc.issuer')])
    expect(withUpstream({ oidc: { ...oidc, connectTo: 'a:99999' } })).toEqual([expect.stringContaining('.upstreams[0].oidc.connectTo')])
  })
  it('refuses to exchange what a browser posts', () => {
    const saml = { ...shipped.upstreams[0]?.saml, exchange: { recipient: 'https://login.example.com/upstream/corp/acs' } }
    expect(problemsOf({ ...shipped, upstreams: [{ ...shipped.upstreams[0], saml }] as LoginConfig['upstreams'] })).toEqual([
      expect.stringContaining('.upstreams[0].saml.exchange.recipient'),
    ])
  })
  it.each(['{sub}', 'ci{sub}', 'ci:{a}{b}', 'ci:{a', 'agent'])('refuses the name %s', (name) =>
    expect(withIssuers(issuer('a', name)).length).toBeGreaterThan(0),
  )
  it('refuses a condition without, or with two, things to compare, and a pattern that is not one', () => {
    expect(when({ claim: 'ref' })).toEqual([expect.stringContaining('exactly one of values and pattern')])
    expect(when({ claim: 'ref', values: ['x'], pattern: 'x' })).toHaveLength(1)
    expect(when({ claim: 'ref', pattern: '(' })).toEqual([expect.stringContaining('not a valid RE2 pattern')])
    expect(when({ claim: 'ref', pattern: 'main)|(?:release' })).toEqual([expect.stringContaining('not a valid RE2 pattern')])
  })
})
