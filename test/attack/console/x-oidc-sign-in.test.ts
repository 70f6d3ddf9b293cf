import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Browser, Page } from '../../../hack/browser/plain-browser.ts'
import { visit } from '../../login/flows.ts'
import { atHash, CLIENT_ID, startScriptedProvider, type Answer, type ScriptedProvider } from '../../login/oidc/scripted-provider.ts'
import { beginAt, openOidcFixture, resultsIn, type OidcFixture } from '../../login/oidc/oidc-fixture.ts'

/** X. What a visitor, another provider or a hostile answer can try at login's callback for an OpenID Connect provider. */
let stage: OidcFixture<ScriptedProvider>
beforeAll(async () => {
  stage = await openOidcFixture(startScriptedProvider, { clientID: CLIENT_ID })
})
afterAll(() => stage.close())

let browser: Browser
let before: { readonly [result: string]: number }
beforeEach(async () => {
  browser = stage.fixture.browser()
  before = await resultsIn(stage.registry)
})
afterEach(() => {
  stage.fixture.next = undefined
  stage.fixture.clock.skewMs += 60_000 // for the limits by address
})

/** Which result was counted, and how often, since the test began. */
async function counted(): Promise<{ readonly [result: string]: number }> {
  const now = await resultsIn(stage.registry)
  return Object.fromEntries(
    Object.entries(now).flatMap(([result, count]) => (count === (before[result] ?? 0) ? [] : [[result, count - (before[result] ?? 0)]])),
  )
}

/** The time some seconds ago, as claims have it. */
const seconds = (ago: number): number => Math.floor(Date.now() / 1000) - ago

type Begun = { readonly state: string; readonly nonce: string; readonly at: URL }
async function begin(from = browser, changes: { readonly [parameter: string]: string } = {}): Promise<Begun> {
  const { at } = await beginAt(stage, from, changes)
  return { at, state: at.searchParams.get('state') ?? '', nonce: at.searchParams.get('nonce') ?? '' }
}

let codes = 0
/** A code for which the provider answers this, with the nonce of the sign-in unless the answer names another. */
function codeFor({ nonce }: Pick<Begun, 'nonce'>, answer: Answer = {}): string {
  const code = `code-${(codes += 1)}`
  stage.provider.codes.set(code, { ...answer, claims: { nonce, ...answer.claims } })
  return code
}

/** The browser comes back from the provider, or from somebody who wants it to look so. The last page of login, or the URL at the console. */
const comeBack = (query: { readonly [parameter: string]: string } | string, as = browser) =>
  visit(stage.fixture, as, `${stage.fixture.url}/upstream/corp/callback?${new URLSearchParams(query).toString()}`)

/** Signs in with an answer of the token endpoint. */
async function signInWith(answer: Answer): Promise<{ readonly page: Page; readonly outside?: URL }> {
  const begun = await begin()
  return await comeBack({ state: begun.state, code: codeFor(begun, answer) })
}

describe('an ID token', () => {
  it('X320 of the provider, for this client and this sign-in, signs in: the tests below change one thing each', async () => {
    const { outside } = await signInWith({})
    expect(outside?.searchParams.get('code')).toBeTruthy()
    expect(await counted()).toEqual({ Success: 1 })
  })
  const now = Math.floor(Date.now() / 1000)
  it.each<readonly [string, Answer]>([
    ['of another issuer', { claims: { iss: 'https://evil.test' } }],
    ['for another client', { claims: { aud: 'another' } }],
    ['for several clients without azp', { claims: { aud: [CLIENT_ID, 'another'] } }],
    ['for several clients, issued to another', { claims: { aud: [CLIENT_ID, 'another'], azp: 'another' } }],
    ['of another sign-in', { claims: { nonce: 'n' } }],
    ['without nonce', { claims: { nonce: undefined } }],
    ['that has expired', { claims: { iat: now - 900, exp: now - 600 } }],
    ['without an end', { claims: { exp: undefined } }],
    ['without a subject', { claims: { sub: undefined } }],
    ['that is not signed', { alg: 'none' }],
    ['with an HMAC', { alg: 'HS256' }],
    ['signed with a key that is not published', { foreignKey: true }],
    ['of another access token', { claims: { at_hash: atHash('the-access-token-of-somebody-else') } }],
    ['with a number as at_hash', { claims: { at_hash: 1 } }],
  ])('X321 %s does not sign in anybody', async (_, answer) => {
    const { page, outside } = await signInWith(answer)
    expect([outside, page.code]).toEqual([undefined, 400])
    expect(page.text).toContain('is not valid')
    expect(await counted()).toEqual({ Token: 1 })
  })
  it('X322 with the right at_hash signs in', async () => {
    const { outside } = await signInWith({ accessToken: 'mine', claims: { at_hash: atHash('mine') } })
    expect(outside?.searchParams.get('code')).toBeTruthy()
  })
  it.each<readonly [string, Answer]>([
    ['a name of Kubernetes', { claims: { sub: 'system:admin' } }],
    ['an empty name', { claims: { sub: ' ' } }],
    ['a name with a direction mark', { claims: { sub: 'al\u202eice' } }],
    ['a group of Kubernetes', { claims: { groups: ['system:masters'] } }],
    ['a group of jit-access', { claims: { groups: ['jit.access:elevated:x'] } }],
    ['too many groups', { claims: { groups: Array.from({ length: 601 }, (_, index) => `g${index}`) } }],
  ])('X323 with %s does not sign in anybody', async (_, answer) => {
    const { page, outside } = await signInWith(answer)
    expect([outside, page.code]).toEqual([undefined, 403])
    expect(await counted()).toEqual({ Name: 1 })
  })
})

describe('an answer of the provider', () => {
  it('X324 signs in once, and its code is of no use with another sign-in', async () => {
    const begun = await begin()
    const code = codeFor(begun)
    expect((await comeBack({ state: begun.state, code })).outside).toBeDefined()
    const again = await comeBack({ state: begun.state, code })
    expect([again.outside, again.page.code]).toEqual([undefined, 400])
    const another = stage.fixture.browser()
    const injected = await comeBack({ state: (await begin(another)).state, code }, another)
    expect([injected.outside, injected.page.code]).toEqual([undefined, 400])
    expect(await counted()).toEqual({ Success: 1, Replay: 1, Token: 1 })
  })
  it('X325 to several replicas at the same time signs in once', async () => {
    const begun = await begin()
    const code = codeFor(begun)
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => browser.once(`${stage.fixture.url}/upstream/corp/callback?state=${begun.state}&code=${code}`)),
    )
    expect(answers.filter((answer) => answer.code === 303)).toHaveLength(1)
    expect(await counted()).toEqual({ Success: 1, Replay: 3 })
  })
  it('X326 does not sign in anybody in the browser of somebody else, in either direction', async () => {
    const [attacker, victim] = [stage.fixture.browser(), stage.fixture.browser()]
    const [theirs, mine] = [await begin(attacker), await begin(victim)]
    const planted = await comeBack({ state: theirs.state, code: codeFor(theirs) }, victim)
    expect([planted.outside, planted.page.code]).toEqual([undefined, 400])
    const stolen = await comeBack({ state: mine.state, code: codeFor(mine) }, attacker)
    expect([stolen.outside, stolen.page.code]).toEqual([undefined, 400])
  })
  it('X327 with a state that was never given out, or of two states, reaches no token endpoint', async () => {
    const begun = await begin()
    const { length } = stage.provider.redeemed
    const code = codeFor(begun)
    const states = ['', 'x', `${begun.state}x`, begun.state.slice(0, -1), `${begun.state.slice(0, -1)}é`, 'a'.repeat(9000)]
    for (const state of states) expect((await comeBack({ state, code })).page.code).toBe(400)
    expect((await comeBack(`state=${begun.state}&state=${begun.state}&code=${code}`)).page.code).toBe(400)
    expect((await comeBack({ code })).page.code).toBe(400)
    expect(stage.provider.redeemed).toHaveLength(length)
    expect(await counted()).toEqual({ State: states.length + 2 })
  })
  it('X328 after a quarter of an hour does not sign in anybody', async () => {
    const begun = await begin()
    stage.fixture.clock.skewMs += 901_000
    const { page } = await comeBack({ state: begun.state, code: codeFor(begun) })
    expect([page.code, await counted()]).toEqual([400, { State: 1 }])
  })
  it('X329 of another provider does not sign in anybody: its `iss` says so, and a provider that sends `iss` cannot leave it out', async () => {
    const { provider } = stage
    const begun = await begin()
    const mixed = await comeBack({ state: begun.state, code: codeFor(begun), iss: 'https://evil.test' })
    expect([mixed.outside, mixed.page.code]).toEqual([undefined, 400])
    const right = await begin()
    expect((await comeBack({ state: right.state, code: codeFor(right), iss: provider.issuer })).outside).toBeDefined()
    expect(await counted()).toEqual({ Token: 1, Success: 1 })
  })
  it('X337 by a form, or with tokens in the query, does not sign in anybody', async () => {
    const begun = await begin()
    const url = `${stage.fixture.url}/upstream/corp/callback`
    expect((await browser.send(url, { state: begun.state, code: codeFor(begun) })).code).toBe(405)
    const tokens = await comeBack({ state: begun.state, id_token: 'x', access_token: 'y' })
    expect([tokens.outside, tokens.page.code]).toEqual([undefined, 400])
  })
  it.each([
    ['access_denied', 403, 'Denied', 'ask an admin for access'],
    ['login_required', 403, 'Denied', 'ask an admin for access'],
    ['invalid_scope', 400, 'Request', 'the client of jit-access there'],
    ['unauthorized_client', 400, 'Request', 'the client of jit-access there'],
    ['<script>alert(1)</script>', 400, 'Request', 'the client of jit-access there'],
    ['temporarily_unavailable', 503, 'Error', 'Try again later'],
  ])('X338 with the error %s shows a page with what to do, and nothing of what was sent', async (error, code, result, words) => {
    const begun = await begin()
    const { page } = await comeBack({ state: begun.state, error, error_description: '<script>alert(2)</script>', error_uri: 'https://evil.test/' })
    expect([page.code, await counted()]).toEqual([code, { [result]: 1 }])
    expect(page.text).toContain(words)
    expect(page.text).toContain('Try again')
    expect(page.text).not.toMatch(/script|evil/)
    expect(stage.fixture.logged.join('\n')).not.toMatch(/script|evil/)
  })
  it('X339 leads nowhere but back to the sign-in of this browser, whatever its parameters are', async () => {
    const begun = await begin()
    const query = new URLSearchParams({ state: begun.state, code: codeFor(begun), to: 'https://evil.test', redirect_uri: 'https://evil.test' })
    const answer = await browser.once(`${stage.fixture.url}/upstream/corp/callback?${query.toString()}`)
    expect(answer.headers.get('location')).toMatch(/^\/interaction\/[\w-]+\/signed-in\/[\w-]+$/)
  })
})

describe('what passes through the browser', () => {
  it('has a challenge whose verifier is neither the state nor the nonce, and of each sign-in another one', async () => {
    const [one, other] = [await begin(), await begin()]
    await comeBack({ state: one.state, code: codeFor(one) })
    const { verifier = '', redirectURI = '' } = stage.provider.redeemed.at(-1) ?? {}
    expect(redirectURI).toBe(`${stage.fixture.url}/upstream/corp/callback`)
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(one.at.searchParams.get('code_challenge'))
    expect(one.at.searchParams.get('code_challenge_method')).toBe('S256')
    expect([one.state, one.nonce]).not.toContain(verifier)
    for (const parameter of ['state', 'nonce', 'code_challenge'])
      expect(one.at.searchParams.get(parameter)).not.toBe(other.at.searchParams.get(parameter))
  })
  it('X334 leaves no token in the store, in a log or on a page', async () => {
    const accessToken = `canary-${Math.random()}`
    const begun = await begin()
    const { outside } = await comeBack({ state: begun.state, code: codeFor(begun, { accessToken }) })
    expect(outside).toBeDefined()
    expect(stage.fixture.logged.join('\n')).not.toContain(accessToken)
    const { text } = await browser.once(`${stage.fixture.url}/session/end`)
    expect(text).not.toContain(accessToken)
  })
})

describe('a program that asks for a new sign-in', () => {
  it('X335 has the provider ask the person, and gets no older session', async () => {
    const fresh = await begin(browser, { prompt: 'login' })
    expect([fresh.at.searchParams.get('prompt'), fresh.at.searchParams.get('max_age')]).toEqual(['login', '0'])
    const old = await comeBack({ state: fresh.state, code: codeFor(fresh, { claims: { auth_time: seconds(600) } }) })
    expect([old.outside, old.page.code]).toEqual([undefined, 403])
    const silent = await begin(browser, { max_age: '300' })
    expect([silent.at.searchParams.get('prompt'), silent.at.searchParams.get('max_age')]).toEqual([null, '300'])
    const untimed = await comeBack({ state: silent.state, code: codeFor(silent) })
    expect([untimed.outside, untimed.page.code]).toEqual([undefined, 403])
    const recent = await begin(browser, { max_age: '300' })
    const { outside } = await comeBack({ state: recent.state, code: codeFor(recent, { claims: { auth_time: seconds(100) } }) })
    expect(outside?.searchParams.get('code')).toBeTruthy()
  })
  it('X341 is not served by a session whose age the provider did not say', async () => {
    const untimed = await begin()
    expect((await comeBack({ state: untimed.state, code: codeFor(untimed) })).outside).toBeDefined()
    const recent = await begin(browser, { max_age: '300' })
    expect([recent.at.origin, recent.at.searchParams.get('max_age')]).toEqual([stage.provider.issuer, '300'])
    await comeBack({ state: recent.state, code: codeFor(recent, { claims: { auth_time: seconds(100) } }) })
    // Its age is known now, so the session suffices.
    expect((await begin(browser, { max_age: '300' })).at.host).toBe('console.test')
  })
})

describe('a provider that cannot be used', () => {
  it.each([
    ['fails', { status: 500, error: 'server_error' }, 503, 'Error'],
    ['limits requests', { status: 429, error: 'slow_down' }, 503, 'Error'],
    ['limits requests, and does not say so in OAuth', { status: 429 }, 503, 'Error'],
    ['has no token endpoint', { status: 404 }, 400, 'Token'],
    ['does not know the client', { status: 401, error: 'invalid_client' }, 400, 'Request'],
    ['refuses the code', { status: 400, error: 'invalid_grant' }, 400, 'Code'],
  ] as const)('X336 because it %s does not sign in anybody', async (_, error, code, result) => {
    const { page, outside } = await signInWith({ error })
    expect([outside, page.code, await counted()]).toEqual([undefined, code, { [result]: 1 }])
  })
  it('X342 because it is slow keeps waiting no more than 16 answers of one address', async () => {
    const begun = await begin()
    const after = Promise.withResolvers<void>()
    const code = codeFor(begun, { after: after.promise })
    stage.fixture.next = 0 // each replica has a bound of its own
    const answers = Array.from({ length: 17 }, () => browser.once(`${stage.fixture.url}/upstream/corp/callback?state=${begun.state}&code=${code}`))
    expect((await Promise.race(answers)).code).toBe(503)
    after.resolve()
    await Promise.all(answers)
    expect(await counted()).toEqual({ Error: 1, Success: 1, Replay: 15 })
  })
  it('X343 because it sends people to http is not gone to, and they sign out here all the same', async () => {
    const { provider, fixture } = stage
    fixture.next = 0 // the one that discovers it again
    expect((await signInWith({})).outside).toBeDefined()
    const http = provider.issuer.replace('https:', 'http:')
    provider.discovery = { authorization_endpoint: `${http}/authorize`, end_session_endpoint: `${http}/end` }
    fixture.clock.skewMs += 601_000
    try {
      await expect(begin(fixture.browser())).rejects.toThrow(/^503 /)
      const asked = await visit(fixture, browser, `${fixture.url}/session/end`)
      const everywhere = /href="(\/sign-out\/[^"]*)"/.exec(asked.page.text)?.[1] ?? ''
      const { outside, page } = await visit(fixture, browser, `${fixture.url}${everywhere}`)
      expect([outside, page.code, page.url]).toEqual([undefined, 200, `${fixture.url}/signed-out`])
    } finally {
      provider.discovery = {}
      fixture.clock.skewMs += 601_000
    }
    expect((await begin()).at.protocol).toBe('https:')
  })
})
