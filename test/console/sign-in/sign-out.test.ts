import { Configuration } from 'openid-client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SignInConfig } from '../../../console/config.ts'
import type { Provider } from '../../../server/oidc/provider-client.ts'
import { createSignOut } from '../../../console/sign-in/sign-out.ts'
import { SESSION_COOKIE } from '../../../console/session/session.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { createLog } from '../../../server/log.ts'
import { hiddenField, hiddenFields, type Browser, type Page } from '../../../hack/browser/plain-browser.ts'
import { startFixture, type Fixture } from '../console-fixture.ts'

const SIGN_OUT_COOKIE = '__Host-jit-console-sign-out'
const WAYS = ['Provider', 'ProviderAndReturn', 'Console'] as const
type Way = NonNullable<SignInConfig['signOut']>

const fixtures = new Map<Way, Fixture>()
beforeAll(async () => {
  // The first one is the default.
  for (const signOut of WAYS) fixtures.set(signOut, await startFixture(signOut === 'Provider' ? {} : { config: { signOut } }))
})
afterAll(async () => void (await Promise.all([...fixtures.values()].map((fixture) => fixture.close()))))
beforeEach(() => {
  for (const { provider } of fixtures.values()) provider.person = { sub: 'alice', claims: { groups: ['approvers'] } }
})

function fixtureOf(way: Way): Fixture {
  const fixture = fixtures.get(way)
  if (fixture === undefined) throw new Error(way)
  return fixture
}

/** Where the page leads on to. */
function nextOf({ headers, text }: Page): URL | undefined {
  const url = /^0;url=(.*)$/.exec(headers.get('refresh') ?? '')?.[1]
  if (url === undefined) return undefined
  // For browsers that are told not to follow it.
  expect(text).toContain(`href="${url.replaceAll('&', '&amp;')}"`)
  return new URL(url)
}

/** Signs in at the provider, and out by the form of the console. */
async function signedOut(fixture: Fixture): Promise<{ readonly browser: Browser; readonly page: Page }> {
  const browser = fixture.browser()
  const inbox = await browser.open(`${fixture.url}/`)
  expect(inbox.text).toContain('oidc:alice')
  const page = await browser.post(`${fixture.url}/sign-out`, { csrf: hiddenField(inbox, 'csrf') })
  return { browser, page }
}

/** Who is signed in when the browser opens the console again, and somebody else would sign in at the provider. */
async function nextUser(fixture: Fixture, browser: Browser): Promise<string | undefined> {
  fixture.provider.person = { sub: 'bob', claims: { groups: [] } }
  return /oidc:\w+/.exec((await browser.open(`${fixture.url}/`)).text)?.[0]
}

/** Answers the question of the provider. */
async function confirm(browser: Browser, asked: Page): Promise<Page> {
  const action = /action="([^"]*)"/.exec(asked.text)?.[1] ?? ''
  return await browser.post(new URL(action, asked.url).href, { ...Object.fromEntries(hiddenFields(asked.text)), logout: 'yes' })
}

describe('signing out of the console', () => {
  it.each(['Provider', 'ProviderAndReturn'] as const)('leads to the provider and ends its session too, with %s', async (way) => {
    const fixture = fixtureOf(way)
    const { browser, page } = await signedOut(fixture)
    expect(browser.cookies(fixture.url).has(SESSION_COOKIE)).toBe(false)
    const next = nextOf(page)
    expect(next?.origin).toBe(fixture.provider.issuer)
    expect(next?.searchParams.get('client_id')).toBe('jit-console')
    expect(next?.searchParams.get('id_token_hint')).toMatch(/^eyJ/)
    const done = await confirm(browser, await browser.open(next?.href ?? ''))
    expect(done.url.startsWith(way === 'Provider' ? fixture.provider.issuer : `${fixture.url}/signed-out`)).toBe(true)
    expect(await nextUser(fixture, browser)).toBe('oidc:bob')
  })
  it('ends its own session alone with Console, and keeps no ID token', async () => {
    const fixture = fixtureOf('Console')
    const { browser, page } = await signedOut(fixture)
    expect([nextOf(page), browser.cookies(fixture.url).has(SIGN_OUT_COOKIE)]).toEqual([undefined, false])
    expect(page.text).toContain('You may still be signed in at your identity provider')
    expect(await nextUser(fixture, browser)).toBe('oidc:alice')
  })
  it('leads on once, and by the form alone: a link of another site does not sign out anybody at the provider', async () => {
    const fixture = fixtureOf('Provider')
    const alice = fixture.browser()
    await alice.open(`${fixture.url}/`)
    expect(nextOf(await alice.open(`${fixture.url}/signed-out`))).toBeUndefined()
    alice.cookies(fixture.url).delete(SESSION_COOKIE) // the session ended by itself
    expect(nextOf(await alice.open(`${fixture.url}/signed-out`))).toBeUndefined()
    const { browser } = await signedOut(fixture)
    expect(nextOf(await browser.open(`${fixture.url}/signed-out`))).toBeUndefined()
  })
  it('leads nobody on who is not signed in: a form of another site comes without the session', async () => {
    const fixture = fixtureOf('Provider')
    const page = await fixture.browser().post(`${fixture.url}/sign-out`, {})
    expect([page.url, nextOf(page)]).toEqual([`${fixture.url}/signed-out`, undefined])
  })
  it('keeps the ID token in a sealed cookie that opens as nothing else', async () => {
    const fixture = fixtureOf('Provider')
    const browser = fixture.browser()
    await browser.open(`${fixture.url}/`)
    const cookies = browser.cookies(fixture.url)
    const sealed = cookies.get(SIGN_OUT_COOKIE) ?? ''
    expect(Buffer.from(sealed.split('.')[0] ?? '', 'base64url').toString()).toContain('A256GCM')
    const thief = fixture.browser()
    thief.cookies(fixture.url).set(SESSION_COOKIE, sealed)
    expect((await thief.once(`${fixture.url}/`)).code).toBe(303)
    thief.cookies(fixture.url).delete(SESSION_COOKIE)
    thief.cookies(fixture.url).set(SIGN_OUT_COOKIE, cookies.get(SESSION_COOKIE) ?? '')
    expect(nextOf(await thief.open(`${fixture.url}/signed-out`))).toBeUndefined()
  })
  it('asks the provider without the ID token of somebody in many groups, whose token no URL holds', async () => {
    const fixture = fixtureOf('Provider')
    fixture.provider.person = { sub: 'alice', claims: { groups: Array.from({ length: 200 }, (_, at) => `team-${String(at).padStart(20, '0')}`) } }
    const { browser, page } = await signedOut(fixture)
    const next = nextOf(page)
    expect([next?.searchParams.get('id_token_hint'), next?.searchParams.get('client_id')]).toEqual([null, 'jit-console'])
    await confirm(browser, await browser.open(next?.href ?? ''))
    expect(await nextUser(fixture, browser)).toBe('oidc:bob')
  })
})

it.each<[string, () => Promise<unknown>]>([
  ['is away', () => Promise.reject(new StatusError('ServiceUnavailable', 'away'))],
  ['has no sign-out page', () => Promise.resolve({ serverMetadata: () => ({ issuer: 'https://idp.test' }) })],
  [
    'has a sign-out page without TLS',
    () => Promise.resolve(new Configuration({ issuer: 'https://idp.test', end_session_endpoint: 'http://idp.test/out' }, 'c')),
  ],
])('signing out works also when the provider %s', async (_, current) => {
  const { keys, clock } = fixtureOf('Provider')
  const provider = { current, close: () => Promise.resolve() } as Provider
  const config = { issuer: 'https://idp.test', clientID: 'c', usernamePrefix: 'oidc:', groupsPrefix: 'oidc:' }
  const log = createLog({ part: 'console', clock, write: () => undefined })
  const signOut = createSignOut({ config, url: 'https://console.test', provider, keys: () => keys, clock, log })
  expect(await signOut.next((await signOut.leave('')) ?? '')).toBeUndefined()
})
