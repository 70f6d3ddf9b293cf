import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startIdentityProvider, type IdentityProvider } from '../../../hack/identity-provider/start-identity-provider.ts'
import { callProvider, findProvider } from '../../../hack/token/running-provider.ts'
import type { Browser } from '../../../hack/browser/plain-browser.ts'
import { authURL, claimsOf, kubectlTokens, newPkce, refresh, token, visit, type Query } from '../../login/flows.ts'
import { ALICE, ownClients, startFixture, type Fixture } from '../../login/login-fixture.ts'

const TYPE = 'urn:ietf:params:oauth:token-type:'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const SAML = 'urn:ietf:params:oauth:grant-type:saml2-bearer'
const AUDIENCE = 'login-of-the-test'
const CI = { repository: 'acme/shop', ref: 'refs/heads/main', environment: 'production' }

let fixture: Fixture
let browser: Browser
let ci: IdentityProvider
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-login-ci-'))
  ci = await startIdentityProvider({ dir })
  fixture = await startFixture({
    clients: (files) => [
      ...ownClients(files),
      {
        id: 'agents',
        grants: ['TokenExchange', 'SAMLAssertion'],
        tokenSeconds: 300,
        exchange: { audiences: ['jit-gateway', 'jit-gateway-2'], tokenIssuers: ['ci'], upstreams: ['corp'], clients: ['kubectl'], actors: true },
      },
      { id: 'narrow', grants: ['TokenExchange'], exchange: { audiences: ['jit-gateway'] } },
    ],
    tokenIssuers: [
      {
        id: 'ci',
        issuer: ci.issuer,
        audience: AUDIENCE,
        caFile: ci.caFile,
        identities: [
          {
            when: [
              { claim: 'repository', pattern: 'acme/[a-z]+' },
              { claim: 'ref', values: ['refs/heads/main'] },
            ],
            name: 'ci:{repository}:{environment}',
            groups: ['ai-agents'],
          },
        ],
      },
    ],
  })
  browser = fixture.browser()
  const corp = fixture.directories['corp']
  if (corp !== undefined) corp.person = { ...ALICE, authenticatedAt: Date.now(), logout: { nameID: 'alice@corp' } }
})
afterAll(async () => {
  await fixture.close()
  await ci.stop()
  await rm(dir, { recursive: true, force: true })
})

const mint = (changes: { readonly [name: string]: string } = {}, claims: object = {}): Promise<string> =>
  callProvider(findProvider(dir), 'mint', {
    user: 'runner',
    groups: 'from-the-token',
    audience: AUDIENCE,
    claims: JSON.stringify({ ...CI, ...claims }),
    ...changes,
  })

const exchange = (subject: string, changes: Query = {}) =>
  token(fixture, browser, { grant_type: EXCHANGE, client_id: 'agents', subject_token: subject, subject_token_type: `${TYPE}jwt`, ...changes })

const refused = async (answer: ReturnType<typeof exchange>, error = 'invalid_grant'): Promise<void> => {
  const { code, body } = await answer
  expect([code, body.error]).toEqual([400, error])
  expect(body.access_token).toBeUndefined()
}

describe('the token of a CI job', () => {
  it('X270 becomes a token of minutes for the gateway, with the name and the groups of the configuration', async () => {
    const { code, body } = await exchange(await mint())
    expect([code, body.expires_in, body.issued_token_type]).toEqual([200, 300, `${TYPE}access_token`])
    const { iat = 0, exp = 0, ...claims } = claimsOf(body.access_token)
    expect(claims).toMatchObject({
      iss: fixture.url,
      aud: 'jit-gateway',
      sub: 'ci:acme/shop:production',
      agent: 'ci:acme/shop:production',
      groups: ['ai-agents'],
      client_id: 'agents',
    })
    expect(claims['act']).toBeUndefined()
    expect(exp - iat).toBe(300)
  })
  it.each([
    ['none', { alg: 'none' }],
    ['HS256 with the public key', { alg: 'HS256' }],
    ['an algorithm that is not pinned', { alg: 'PS256' }],
    ['a key that was never published', { key: 'foreign' }],
    ['another audience', { audience: 'sts.example.com' }],
    ['an end in the past', { ttl: '-60' }],
  ])('is refused when it is signed with or for %s', async (_, changes) => refused(exchange(await mint(changes))))
  it.each([
    ['another issuer', { iss: 'https://evil.test' }],
    ['no issuer', { iss: null }],
    ['another branch', { ref: 'refs/heads/evil' }],
    ['a repository that only contains the name', { repository: 'evil/acme/shop' }],
    ['a repository with more lines', { repository: 'acme/shop\nevil' }],
    ['a list', { repository: ['acme/shop'] }],
    ['no claim of the name', { environment: null }],
    ['an age of days', { iat: 1 }],
    ['no time of issue', { iat: null }],
  ])('X271 is refused with %s', async (_, claims) => refused(exchange(await mint({}, claims))))
  it('cannot become another agent by text that ends a claim', async () => {
    // `ci:acme/shop:production:x` could be two agents.
    const { code, body } = await exchange(await mint({}, { environment: 'production:x' }))
    expect([code, claimsOf(body.access_token).sub]).toEqual([200, 'ci:acme/shop:production:x'])
    await refused(exchange(await mint({}, { repository: 'acme/shop', environment: 'a\u202eb' })))
  })
  it('X272 gets no audience, lifetime or token that the client may not have', async () => {
    const subject = await mint()
    await refused(exchange(subject, { audience: 'kubernetes' }), 'invalid_target')
    await refused(exchange(subject, { resource: 'https://kubernetes.default.svc' }), 'invalid_target')
    await refused(exchange(subject, { requested_token_type: `${TYPE}refresh_token` }), 'invalid_request')
    const { body } = await exchange(subject, { audience: 'jit-gateway-2', expires_in: '86400', scope: 'openid groups' })
    const { aud, exp = 0, iat = 0 } = claimsOf(body.access_token)
    expect([aud, exp - iat, body.id_token, body.refresh_token]).toEqual(['jit-gateway-2', 300, undefined, undefined])
  })
  it('is of no use to a client without that right', async () => {
    const subject = await mint()
    await refused(exchange(subject, { client_id: 'narrow' }))
    for (const client of ['kubectl', 'nobody']) expect((await exchange(subject, { client_id: client })).code).toBeGreaterThanOrEqual(400)
    await refused(token(fixture, browser, { grant_type: SAML, client_id: 'narrow', assertion: 'x' }), 'invalid_request')
  })
  it('X273 the client learns only that it was refused, and the log does not repeat the token', async () => {
    const subject = await mint({ audience: 'other' })
    const { body } = await exchange(subject)
    expect(body.error_description).not.toMatch(/audience|claim|aud/)
    expect(fixture.logged.at(-1)).toMatch(/grant.refused|exchange.refused/)
    expect(fixture.logged.join('')).toContain('unexpected \\"aud\\" claim value')
    expect(fixture.logged.join('')).not.toContain(subject)
  })
  it('X274 an exchanged token is not a subject: nobody gets from token to token forever', async () => {
    const { body } = await exchange(await mint())
    await refused(exchange(body.access_token ?? ''))
    await refused(exchange(body.access_token ?? '', { subject_token_type: `${TYPE}access_token` }), 'invalid_request')
    await refused(
      exchange(body.access_token ?? '', { subject_token_type: `${TYPE}id_token`, actor_token: await mint(), actor_token_type: `${TYPE}jwt` }),
    )
  })
  it('garbage is refused, and is not an error', async () => {
    for (const subject of ['x', 'a.b.c', '.'.repeat(100), Buffer.alloc(40_000, 65).toString()]) await refused(exchange(subject))
    await refused(exchange('', {}), 'invalid_request')
    await refused(exchange(await mint(), { subject_token_type: 'jwt' }), 'invalid_request')
  })
})

describe('an agent that acts for a human', () => {
  it('X275 names both: the human as subject, itself as actor, with its own groups', async () => {
    const { body: signedIn } = await kubectlTokens(fixture, browser)
    const { body } = await exchange(signedIn.id_token ?? '', {
      subject_token_type: `${TYPE}id_token`,
      actor_token: await mint(),
      actor_token_type: `${TYPE}jwt`,
    })
    expect(claimsOf(body.access_token)).toMatchObject({
      sub: 'alice',
      act: { sub: 'ci:acme/shop:production' },
      agent: 'ci:acme/shop:production',
      groups: ['ai-agents'],
    })
  })
  it('cannot act without a proof of its own, or as a human alone', async () => {
    const { body } = await kubectlTokens(fixture, browser)
    const human = { subject_token_type: `${TYPE}id_token` }
    await refused(exchange(body.id_token ?? '', human), 'invalid_request')
    await refused(
      exchange(body.id_token ?? '', { ...human, actor_token: body.id_token ?? '', actor_token_type: `${TYPE}id_token` }),
      'invalid_request',
    )
    await refused(exchange(body.id_token ?? '', { ...human, actor_token: await mint({ key: 'foreign' }), actor_token_type: `${TYPE}jwt` }))
    await refused(exchange(body.id_token ?? '', { ...human, actor_token: await mint() }), 'invalid_request')
    await refused(exchange(await mint(), { actor_token: await mint(), actor_token_type: `${TYPE}jwt` }), 'invalid_request')
  })
  it('cannot use an ID token of another client, or of a person who signed out', async () => {
    const { body } = await kubectlTokens(fixture, browser)
    const acting = { subject_token_type: `${TYPE}id_token`, actor_token: await mint(), actor_token_type: `${TYPE}jwt` }
    await refused(exchange(body.id_token ?? '', { ...acting, client_id: 'narrow' }))
    expect((await exchange(body.id_token ?? '', acting)).code).toBe(200)
    await browser.once(`${fixture.url}/upstream/corp/ended?name=alice@corp`)
    await refused(exchange(body.id_token ?? '', acting))
  })
  it('X276 nothing is renewed after the upstream ended the session, and a new sign-in works at once', async () => {
    const { body } = await kubectlTokens(fixture, browser)
    await browser.once(`${fixture.url}/upstream/corp/ended?name=alice@corp`)
    expect((await refresh(fixture, browser, body.refresh_token)).body.error).toBe('invalid_grant')
    const silent = await visit(fixture, browser, authURL(fixture, { code_challenge: newPkce().challenge, prompt: 'none' }))
    expect(silent.outside?.searchParams.get('error')).toBe('login_required')
    const again = await kubectlTokens(fixture, browser)
    expect((await refresh(fixture, browser, again.body.refresh_token)).code).toBe(200)
  })
})

describe('a SAML assertion', () => {
  it('X277 becomes a token once, by either grant, whatever replica gets it', async () => {
    fixture.directories['corp']?.assertions.set('assertion-1', { ...ALICE, authenticatedAt: Date.now() })
    const form = { grant_type: SAML, client_id: 'agents', assertion: 'assertion-1' }
    const answers = await Promise.all([1, 2, 3].map(() => token(fixture, browser, form)))
    expect(answers.map(({ code }) => code).sort((one, other) => one - other)).toEqual([200, 400, 400])
    const { body } = answers.find(({ code }) => code === 200) ?? {}
    expect(claimsOf(body?.access_token)).toMatchObject({ sub: 'alice', groups: ALICE.groups, aud: 'jit-gateway' })
    await refused(exchange('assertion-1', { subject_token_type: `${TYPE}saml2` }))
    await refused(exchange('assertion-2', { subject_token_type: `${TYPE}saml2` }))
  })
  it('cannot name an agent, Kubernetes or jit-access', async () => {
    for (const name of ['ci:acme/shop:production', 'system:masters', 'jit.access:agent', '', 'a\u200bb']) {
      fixture.directories['corp']?.assertions.set(`names-${name}`, { name, groups: [], authenticatedAt: Date.now() })
      await refused(token(fixture, browser, { grant_type: SAML, client_id: 'agents', assertion: `names-${name}` }))
    }
    fixture.directories['corp']?.assertions.set('groups', {
      name: 'bob',
      groups: ['system:masters', 'jit.access:agents', 'developers'],
      authenticatedAt: Date.now(),
    })
    const { body } = await token(fixture, browser, { grant_type: SAML, client_id: 'agents', assertion: 'groups' })
    expect(claimsOf(body.access_token)['groups']).toEqual(['developers'])
  })
})
