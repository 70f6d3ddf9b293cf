import { X509Certificate } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { settingsOf } from '../../../hack/cluster/settings.ts'
import { realmOf, type SamlClient } from '../../../hack/keycloak/realm.ts'
import { startKeycloak, type Keycloak } from '../../../hack/keycloak/start-keycloak.ts'
import type { SamlConfig } from '../../../login/saml/config.ts'
import { startApp, type App, type AppOptions } from './app.ts'
import { startBrowser, type TestBrowser } from './browser.ts'
import { DOMParser, XMLSerializer } from './document.ts'
import { samlKey, type SamlKey } from './identity-provider.ts'
import { visitorOf } from './saml-browser.ts'
import { story } from './keycloak-story.ts'

/** The service provider with a real identity provider: Keycloak, its own login page, and a real browser. */
let keycloak: Keycloak
let browser: TestBrowser
let sp: SamlKey
let encryption: SamlKey
const ADA = { username: 'ada', password: 'correct horse', groups: ['oncall', 'dev'] }
const TOKEN = 'https://login.test/token'
const apps: App[] = []

beforeAll(async () => {
  ;[sp, encryption, keycloak, browser] = await Promise.all([
    samlKey('sp'),
    samlKey('encryption'),
    startKeycloak({ cacheDir: settingsOf(process.env).cacheDir, say: () => undefined, signal: new AbortController().signal }),
    startBrowser(),
  ])
  await keycloak.admin.createRealm(realmOf({ name: 'corp', people: [ADA] }))
}, 900_000)
afterAll(async () => {
  await browser?.close()
  for (const app of apps) await app.stop()
  await keycloak?.stop()
})

const der = ({ cert }: SamlKey): string => new X509Certificate(cert).raw.toString('base64')
const realmURL = (realm: string): string => `${keycloak.url}/realms/${realm}`

/** A service provider that Keycloak knows. */
async function start(
  config: Partial<SamlConfig> = {},
  { client = {}, ...more }: Partial<AppOptions> & { readonly client?: Partial<SamlClient> } = {},
): Promise<App> {
  const metadata = { url: `${realmURL('corp')}/protocol/saml/descriptor`, ca: keycloak.ca }
  const app = await startApp({ entityID: realmURL('corp'), signing: sp, decryption: [encryption], metadata, config, ...more })
  apps.push(app)
  const { url } = app
  await register('corp', {
    entityID: `${url}/upstream/corp/metadata`,
    acs: `${url}/upstream/corp/acs`,
    slo: `${url}/upstream/corp/slo`,
    signingCert: der(sp),
    ...client,
  })
  return app
}

async function register(realm: string, saml: SamlClient): Promise<void> {
  const { clients } = realmOf({ name: realm, people: [], saml: [saml] }) as { readonly clients: readonly object[] }
  for (const client of clients) await keycloak.admin.call('POST', `/realms/${realm}/clients`, client)
}

async function logIn(page: Page): Promise<void> {
  await page.fill('#username', ADA.username)
  await page.fill('#password', ADA.password)
  await page.click('#kc-login')
}

const said = async (page: Page): Promise<unknown> => JSON.parse((await page.textContent('body')) ?? '')

describe('signing in at Keycloak', () => {
  it('by HTTP-Redirect, with an encrypted assertion', async () => {
    const app = await start({ encryptedOnly: true }, { client: { encryptionCert: der(encryption) } })
    const page = await browser.newPage()
    await page.goto(`${app.url}/begin`)
    await logIn(page)
    await page.waitForURL(/finish/)
    expect(await said(page)).toMatchObject({ person: { name: 'ada', upstream: 'corp', logout: { nameID: 'ada' } } })
    const [outcome] = app.outcomes
    expect(outcome !== undefined && 'person' in outcome ? [...outcome.person.groups].sort() : outcome).toEqual(['dev', 'oncall'])
  })

  it('by HTTP-POST, where the page of the request submits itself', async () => {
    const app = await start({ requestBinding: 'POST' })
    const page = await browser.newPage()
    await page.goto(`${app.url}/begin`)
    await page.waitForSelector('#kc-login')
    await logIn(page)
    await page.waitForURL(/finish/)
    expect(await said(page)).toMatchObject({ person: { name: 'ada' } })
  })

  it('by HTTP-POST without JavaScript, where the person presses a button', async () => {
    const app = await start({ requestBinding: 'POST' })
    const page = await browser.newPage({ javaScriptEnabled: false })
    await page.goto(`${app.url}/begin`)
    expect(await page.textContent('h1')).toBe('Continue to your identity provider')
    await page.click('button')
    await logIn(page)
    // Keycloak's own page has such a button too.
    await page.click('[type=submit]')
    await page.waitForURL(/finish/)
    expect(await said(page)).toMatchObject({ person: { name: 'ada' } })
  })

  it('and out: Keycloak ends its session, and asks for the password again', async () => {
    const app = await start()
    const page = await browser.newPage()
    await page.goto(`${app.url}/begin`)
    await logIn(page)
    await page.waitForURL(/finish/)
    await page.goto(`${app.url}/begin`)
    await page.waitForURL(/finish/) // without a password: Keycloak has a session
    await page.goto(`${app.url}/sign-out`)
    await page.waitForURL(/signed-out/)
    await page.goto(`${app.url}/begin`)
    expect(await page.isVisible('#kc-login')).toBe(true)
  })

  it('ends the session here when the person signs out at Keycloak', async () => {
    const app = await start()
    const page = await browser.newPage()
    await page.goto(`${app.url}/begin`)
    await logIn(page)
    await page.waitForURL(/finish/)
    await page.goto(`${realmURL('corp')}/protocol/openid-connect/logout`)
    await page.click('#kc-logout')
    await expect.poll(() => app.ended).toMatchObject([{ nameID: 'ada' }])
    const [outcome] = app.outcomes
    expect(app.ended[0]?.sessionIndex).toBe(outcome !== undefined && 'person' in outcome ? outcome.person.logout?.sessionIndex : 'nobody')
  })

  it('goes on while Keycloak changes its keys', async () => {
    const app = await start()
    const signIn = async (): Promise<void> => {
      const page = await browser.newPage()
      await page.goto(`${app.url}/begin`)
      await logIn(page)
      await page.waitForURL(/finish/)
    }
    await signIn()
    await keycloak.admin.addSigningKey('corp')
    await keycloak.admin.removeOldKeys('corp')
    // The key is unknown here: the metadata are read again for it.
    await signIn()
    expect(await app.registry.metrics()).toContain('jit_login_saml_metadata_refreshes_total{upstream="corp",result="Success"} 2')
  })
})

describe('what Keycloak signed for others', () => {
  it('is refused: another realm that says it is the configured one', async () => {
    await keycloak.admin.createRealm(realmOf({ name: 'other', people: [ADA] }))
    const visitor = visitorOf({ ca: keycloak.ca, url: keycloak.url } as App)
    const descriptor = await (await visitor.get('/realms/corp/protocol/saml/descriptor')).text()
    await visitor.close()
    // The keys of one realm, the addresses of the other.
    const xml = descriptor.replaceAll(/Location="([^"]*)\/realms\/corp\//g, 'Location="$1/realms/other/')
    const app = await startApp({ entityID: realmURL('corp'), signing: sp, metadata: { xml } })
    apps.push(app)
    await register('other', { entityID: `${app.url}/upstream/corp/metadata`, acs: `${app.url}/upstream/corp/acs`, signingCert: der(sp) })
    const page = await browser.newPage()
    await page.goto(`${app.url}/begin`)
    expect(page.url()).toContain('/realms/other/')
    await logIn(page)
    await page.waitForURL(/upstream\/corp\/acs/)
    expect(app.outcomes).toMatchObject([{ failure: { reason: 'Invalid' } }])
    expect(app.logged.join()).toContain('BadSignature')
  })

  it('is refused: a sign-in that began at Keycloak; where the configuration says so, the browser begins again', async () => {
    for (const unsolicitedURL of [undefined, `${keycloak.url}/realms/corp/.well-known/openid-configuration`]) {
      const name = unsolicitedURL === undefined ? 'off' : 'again'
      const app = await start(unsolicitedURL === undefined ? {} : { unsolicitedURL }, { client: { initiatedName: name } })
      const page = await browser.newPage()
      await page.goto(`${realmURL('corp')}/protocol/saml/clients/${name}`)
      await logIn(page)
      await page.waitForURL(unsolicitedURL ?? /upstream\/corp\/acs/)
      expect(app.outcomes.filter((outcome) => 'person' in outcome)).toEqual([])
      expect(await app.registry.metrics()).toContain('message="Response",result="Unsolicited"} 1')
    }
  })
})

describe('an agent', () => {
  it('exchanges the assertion that Keycloak made for the token endpoint, once', async () => {
    const app = await start({ exchange: { recipient: TOKEN } })
    await register('corp', { entityID: TOKEN, acs: TOKEN, signingCert: der(sp), initiatedName: 'agent' })
    const page = await browser.newPage()
    let posted = ''
    await page.route(TOKEN, async (route) => {
      posted = route.request().postData() ?? ''
      await route.fulfill({ status: 200, body: 'taken' })
    })
    await page.goto(`${realmURL('corp')}/protocol/saml/clients/agent`)
    await logIn(page)
    await page.waitForURL(TOKEN)
    const response = Buffer.from(new URLSearchParams(posted).get('SAMLResponse') ?? '', 'base64').toString()
    const [assertion] = Array.from(new DOMParser().parseFromString(response, 'text/xml').getElementsByTagNameNS('*', 'Assertion'))
    if (assertion === undefined) throw new Error('Keycloak posted no assertion')
    const xml = new XMLSerializer().serializeToString(assertion)
    const verify = (text: string): Promise<unknown> => app.upstream.verifyAssertion?.(text, 'exchange') ?? Promise.reject(new Error('none'))
    expect(await verify(xml)).toMatchObject({ name: 'ada' })
    await expect(verify(xml)).rejects.toMatchObject({ failure: { reason: 'Expired' } })
  })
})

// Here, since Keycloak takes longer to start than the story.
story(() => ({ keycloak, browser }))
