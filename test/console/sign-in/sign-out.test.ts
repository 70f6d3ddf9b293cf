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

const worlds = new Map<Way, Fixture>()
beforeAll(async () => {
  // The first one is the default.
  for (const signOut of WAYS) worlds.set(signOut, await startFixture(signOut === 'Provider' ? {} : { config: { signOut } }))
})
afterAll(async () => void (await Promise.all([...worlds.values()].map((world) => world.close()))))
beforeEach(() => {
  for (const { provider } of worlds.values()) provider.person = { sub: 'alice', claims: { groups: ['approvers'] } }
})

function worldOf(way: Way): Fixture {
  const world = worlds.get(way)
  if (world === undefined) throw new Error(way)
  return world
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
async function signedOut(world: Fixture): Promise<{ readonly browser: Browser; readonly page: Page }> {
  const browser = world.browser()
  const inbox = await browser.open(`${world.url}/`)
  expect(inbox.text).toContain('oidc:alice')
  const page = await browser.post(`${world.url}/sign-out`, { csrf: hiddenField(inbox, 'csrf') })
  return { browser, page }
}

/** Who is signed in when the browser opens the console again, and somebody else would sign in at the provider. */
async function nextUser(world: Fixture, browser: Browser): Promise<string | undefined> {
  world.provider.person = { sub: 'bob', claims: { groups: [] } }
  return /oidc:\w+/.exec((await browser.open(`${world.url}/`)).text)?.[0]
}

/** Answers the question of the provider. */
async function confirm(browser: Browser, asked: Page): Promise<Page> {
  const action = /action="([^"]*)"/.exec(asked.text)?.[1] ?? ''
  return await browser.post(new URL(action, asked.url).href, { ...Object.fromEntries(hiddenFields(asked.text)), logout: 'yes' })
}

describe('signing out of the console', () => {
  it.each(['Provider', 'ProviderAndReturn'] as const)('leads to the provider and ends its session too, with %s', async (way) => {
    const world = worldOf(way)
    const { browser, page } = await signedOut(world)
    expect(browser.cookies(world.url).has(SESSION_COOKIE)).toBe(false)
    const next = nextOf(page)
    expect(next?.origin).toBe(world.provider.issuer)
    expect(next?.searchParams.get('client_id')).toBe('jit-console')
    expect(next?.searchParams.get('id_token_hint')).toMatch(/^eyJ/)
    const done = await confirm(browser, await browser.open(next?.href ?? ''))
    expect(done.url.startsWith(way === 'Provider' ? world.provider.issuer : `${world.url}/signed-out`)).toBe(true)
    expect(await nextUser(world, browser)).toBe('oidc:bob')
  })
  it('ends its own session alone with Console, and keeps no ID token', async () => {
    const world = worldOf('Console')
    const { browser, page } = await signedOut(world)
    expect([nextOf(page), browser.cookies(world.url).has(SIGN_OUT_COOKIE)]).toEqual([undefined, false])
    expect(page.text).toContain('You may still be signed in at your identity provider')
    expect(await nextUser(world, browser)).toBe('oidc:alice')
  })
  it('leads on once, and by the form alone: a link of another site does not sign out anybody at the provider', async () => {
    const world = worldOf('Provider')
    const alice = world.browser()
    await alice.open(`${world.url}/`)
    expect(nextOf(await alice.open(`${world.url}/signed-out`))).toBeUndefined()
    alice.cookies(world.url).delete(SESSION_COOKIE) // the session ended by itself
    expect(nextOf(await alice.open(`${world.url}/signed-out`))).toBeUndefined()
    const { browser } = await signedOut(world)
    expect(nextOf(await browser.open(`${world.url}/signed-out`))).toBeUndefined()
  })
  it('leads nobody on who is not signed in: a form of another site comes without the session', async () => {
    const world = worldOf('Provider')
    const page = await world.browser().post(`${world.url}/sign-out`, {})
    expect([page.url, nextOf(page)]).toEqual([`${world.url}/signed-out`, undefined])
  })
  it('keeps the ID token in a sealed cookie that opens as nothing else', async () => {
    const world = worldOf('Provider')
    const browser = world.browser()
    await browser.open(`${world.url}/`)
    const cookies = browser.cookies(world.url)
    const sealed = cookies.get(SIGN_OUT_COOKIE) ?? ''
    expect(Buffer.from(sealed.split('.')[0] ?? '', 'base64url').toString()).toContain('A256GCM')
    const thief = world.browser()
    thief.cookies(world.url).set(SESSION_COOKIE, sealed)
    expect((await thief.once(`${world.url}/`)).code).toBe(303)
    thief.cookies(world.url).delete(SESSION_COOKIE)
    thief.cookies(world.url).set(SIGN_OUT_COOKIE, cookies.get(SESSION_COOKIE) ?? '')
    expect(nextOf(await thief.open(`${world.url}/signed-out`))).toBeUndefined()
  })
  it('asks the provider without the ID token of somebody in many groups, whose token no URL holds', async () => {
    const world = worldOf('Provider')
    world.provider.person = { sub: 'alice', claims: { groups: Array.from({ length: 200 }, (_, at) => `team-${String(at).padStart(20, '0')}`) } }
    const { browser, page } = await signedOut(world)
    const next = nextOf(page)
    expect([next?.searchParams.get('id_token_hint'), next?.searchParams.get('client_id')]).toEqual([null, 'jit-console'])
    await confirm(browser, await browser.open(next?.href ?? ''))
    expect(await nextUser(world, browser)).toBe('oidc:bob')
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
  const { keys, clock } = worldOf('Provider')
  const provider = { current, close: () => Promise.resolve() } as Provider
  const config = { issuer: 'https://idp.test', clientID: 'c', usernamePrefix: 'oidc:', groupsPrefix: 'oidc:' }
  const log = createLog({ part: 'console', clock, write: () => undefined })
  const signOut = createSignOut({ config, url: 'https://console.test', provider, keys: () => keys, clock, log })
  expect(await signOut.next((await signOut.leave('')) ?? '')).toBeUndefined()
})
