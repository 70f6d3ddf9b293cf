import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as oidc from 'openid-client'
import { Agent, fetch as undiciFetch } from 'undici'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startIdentityProvider, type IdentityProvider } from '../../../hack/identity-provider/start-identity-provider.ts'
import { callProvider, findProvider } from '../../../hack/token/running-provider.ts'
import { createBrowser, followWithin, type Browser, type Page } from '../../../hack/browser/plain-browser.ts'

const CLIENT = { id: 'web', secret: 'secret-of-the-client-web', redirectURIs: ['https://web.example.com/callback'] }

let dir: string
let provider: IdentityProvider
let agent: Agent
let server: oidc.Configuration
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-idp-login-'))
  provider = await startIdentityProvider({ dir })
  provider.addClient(CLIENT)
  agent = new Agent({ connect: { ca: provider.ca } })
  const fetch = ((url: string, options: object) => undiciFetch(url, { ...options, dispatcher: agent })) as unknown as oidc.CustomFetch
  server = await oidc.discovery(new URL(provider.issuer), CLIENT.id, {}, oidc.ClientSecretBasic(CLIENT.secret), {
    [oidc.customFetch]: fetch,
    execute: [oidc.enableNonRepudiationChecks],
  })
})
afterAll(async () => {
  await agent.close()
  await provider.stop()
  await rm(dir, { recursive: true, force: true })
})

let browser: Browser
beforeEach(() => void (browser = createBrowser([provider.ca])))

const VERIFIER = oidc.randomPKCECodeVerifier()
const begin = async (more: { readonly [parameter: string]: string } = {}): Promise<URL> =>
  oidc.buildAuthorizationUrl(server, {
    redirect_uri: CLIENT.redirectURIs[0] ?? '',
    scope: 'openid profile groups',
    code_challenge: await oidc.calculatePKCECodeChallenge(VERIFIER),
    code_challenge_method: 'S256',
    state: 'state-of-the-test',
    ...more,
  })

/** Sends the form of the login page, and returns where it leads outside of the provider. */
async function choose(page: Page, user: string): Promise<URL> {
  const { outside } = await followWithin(browser, await browser.send(page.url, { user }), ({ origin }) => origin === provider.issuer)
  if (outside === undefined) throw new Error('the sign-in does not lead back to the client')
  return outside
}

const claimsFrom = async (back: URL): Promise<oidc.IDToken | undefined> =>
  (
    await oidc.authorizationCodeGrant(server, back, { expectedState: 'state-of-the-test', pkceCodeVerifier: VERIFIER, idTokenExpected: true })
  ).claims()

describe('the login page', () => {
  it('lists the humans and no program, and says what it is', async () => {
    const { text, code, headers } = await browser.open((await begin()).href)
    expect(code).toBe(200)
    expect([...text.matchAll(/name="user" value="([^"]*)"/g)].map(([, id]) => id)).toEqual(['approver', 'second-approver', 'developer', 'admin', ''])
    expect(text).toContain('development environment')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  })
  it('signs in the human who is chosen, with the groups in the ID token', async () => {
    const back = await choose(await browser.open((await begin()).href), 'approver')
    expect(back.href).toMatch(/^https:\/\/web\.example\.com\/callback\?code=/)
    expect(await claimsFrom(back)).toMatchObject({ iss: provider.issuer, aud: CLIENT.id, sub: 'approver', groups: ['approvers'] })
  })
  it('asks again at the next sign-in of the same browser', async () => {
    await choose(await browser.open((await begin()).href), 'approver')
    const back = await choose(await browser.open((await begin()).href), 'admin')
    expect(await claimsFrom(back)).toMatchObject({ sub: 'admin', groups: ['admins'] })
  })
  it.each(['agent', 'nobody', ''])('does not sign in anybody as %j', async (user) => {
    const back = await choose(await browser.open((await begin()).href), user)
    expect(back.searchParams.get('error')).toBe('access_denied')
    expect(back.searchParams.get('code')).toBeNull()
  })
  it('says that a sign-in has ended, when its page is sent twice', async () => {
    const page = await browser.open((await begin()).href)
    await choose(page, 'approver')
    const { code, text } = await browser.open(page.url)
    expect([code, text.includes('This sign-in has ended')]).toEqual([400, true])
  })
})

describe('the authorization code flow', () => {
  it('accepts a code once', async () => {
    const back = await choose(await browser.open((await begin()).href), 'approver')
    await claimsFrom(back)
    await expect(claimsFrom(back)).rejects.toThrow()
  })
  it('leads to no other address than that of the client, and needs PKCE', async () => {
    expect((await browser.open((await begin({ redirect_uri: 'https://evil.example.com/callback' })).href)).code).toBe(400)
    const without = await begin()
    without.searchParams.delete('code_challenge')
    without.searchParams.delete('code_challenge_method')
    const { headers } = await browser.once(without.href)
    expect(new URL(headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_request')
  })
})

// Last, since a client reads the keys of a provider again only after a minute.
it('a sign-in stays open while the keys are rotated and a client is added', async () => {
  const page = await browser.open((await begin()).href)
  await callProvider(findProvider(dir), 'rotate', { keep: 'true' })
  provider.addClient({ id: 'other', secret: 'secret-of-the-client-other', redirectURIs: ['https://other.example.com/callback'] })
  expect((await choose(page, 'approver')).searchParams.get('code')).not.toBeNull()
})
