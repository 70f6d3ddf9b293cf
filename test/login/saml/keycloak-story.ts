import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { Registry } from 'prom-client'
import { Agent, fetch } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthenticator, type Authenticator } from '../../../gateway/authenticate/authenticate.ts'
import { createIssuer } from '../../../gateway/authenticate/issuer.ts'
import { realmOf, type RealmOptions } from '../../../hack/keycloak/realm.ts'
import type { Keycloak } from '../../../hack/keycloak/start-keycloak.ts'
import type { ClientConfig, UpstreamConfig } from '../../../login/config/config.ts'
import { createMakeUpstream } from '../../../login/make-upstream.ts'
import { startFixture as startConsole, type Fixture as Console } from '../../console/console-fixture.ts'
import { startFixture as startLogin, type Fixture as Login } from '../login-fixture.ts'
import type { TestBrowser } from './browser.ts'
import { DOMParser, XMLSerializer } from './document.ts'
import { samlKey, type SamlKey } from './identity-provider.ts'

/**
 * The whole story with a real Keycloak and a real browser: login with two replicas behind the console, and the gateway's authentication. The API is the real
 * jit-apiserver; there is no kube-apiserver.
 */
const ALICE = { username: 'alice', password: 'correct horse', groups: ['approvers'] }
const RUNNER = { username: 'runner', password: 'battery staple', groups: ['agents'] }
const STRANGER = { username: 'stranger', password: 'tr0ub4dor', groups: ['visitors'] }
const TOKEN = 'https://login.test/token'
const GATEWAY = 'jit-gateway'
/** A realm of these tests alone. */
const REALM = 'story'
const SAML2 = 'urn:ietf:params:oauth:token-type:saml2'

let dir: string
let keycloak: Keycloak
let browser: TestBrowser
let sp: SamlKey
let login: Login
let console: Console
const clock = { nowMs: () => Date.now() }

async function put(name: string, text: string): Promise<string> {
  await writeFile(join(dir, name), text, { mode: 0o600 })
  return join(dir, name)
}
const der = ({ cert }: SamlKey): string => new X509Certificate(cert).raw.toString('base64')

async function corp(): Promise<UpstreamConfig> {
  const pair = {
    keyFile: await put('sp.key', sp.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string),
    certFile: await put('sp.crt', sp.cert),
  }
  const realm = `${keycloak.url}/realms/${REALM}`
  const identityProvider = { entityID: realm, metadata: { url: `${realm}/protocol/saml/descriptor`, caFile: keycloak.caFile } }
  return {
    id: 'corp',
    label: 'Corp',
    saml: { identityProvider, signing: pair, decryption: [pair], encryptedOnly: true, exchange: { recipient: TOKEN } },
  }
}

const clients = ({
  consoleSecretFile,
  redirectURIs,
}: {
  readonly consoleSecretFile: string
  readonly redirectURIs: readonly string[]
}): readonly ClientConfig[] => [
  { id: 'console', secretFile: consoleSecretFile, grants: ['AuthorizationCode'], redirectURIs },
  { id: 'agents', grants: ['TokenExchange', 'SAMLAssertion'], exchange: { audiences: [GATEWAY], upstreams: ['corp'] } },
]

async function register(options: Partial<RealmOptions>): Promise<void> {
  const { clients: made } = realmOf({ name: REALM, people: [], ...options }) as { readonly clients: readonly object[] }
  for (const client of made) await keycloak.admin.call('POST', `/realms/${REALM}/clients`, client)
}

async function logIn(page: Page, { username, password }: typeof ALICE): Promise<void> {
  await page.fill('#username', username)
  await page.fill('#password', password)
  await page.click('#kc-login')
}

/** The assertion that Keycloak makes for the token endpoint when a program signs in. */
async function assertionOf(who: typeof ALICE): Promise<string> {
  const page = await browser.newPage()
  let posted = ''
  await page.route(TOKEN, async (route) => {
    posted = route.request().postData() ?? ''
    await route.fulfill({ status: 200, body: 'taken' })
  })
  await page.goto(`${keycloak.url}/realms/${REALM}/protocol/saml/clients/agent`)
  await logIn(page, who)
  await page.waitForURL(TOKEN)
  const response = Buffer.from(new URLSearchParams(posted).get('SAMLResponse') ?? '', 'base64').toString()
  const [assertion] = Array.from(new DOMParser().parseFromString(response, 'text/xml').getElementsByTagNameNS('*', 'Assertion'))
  if (assertion === undefined) throw new Error('Keycloak posted no assertion')
  return Buffer.from(new XMLSerializer().serializeToString(assertion)).toString('base64url')
}

async function post(
  url: string,
  ca: string,
  form: { readonly [name: string]: string },
): Promise<{ readonly code: number; readonly body: { readonly access_token?: string; readonly error?: string } }> {
  const dispatcher = new Agent({ connect: { ca } })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form).toString(), headers, dispatcher })
  const body = (await response.json()) as { readonly access_token?: string; readonly error?: string }
  await dispatcher.close()
  return { code: response.status, body }
}

const exchange = (assertion: string): ReturnType<typeof post> =>
  post(`${login.url}/token`, login.ca, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    client_id: 'agents',
    subject_token: assertion,
    subject_token_type: SAML2,
    audience: GATEWAY,
  })

const gatewayFor = (issuer: string, ca: string, usernameClaim = 'sub'): Authenticator => {
  const config = {
    issuer,
    audiences: [GATEWAY],
    usernamePrefix: 'oidc:',
    groupsPrefix: 'oidc:',
    usernameClaim,
    groupsClaim: 'groups',
    algorithms: ['RS256', 'ES256'],
    ca,
  }
  return createAuthenticator({ clock, issuers: [createIssuer(config, clock)] })
}

export function story(shared: () => { readonly keycloak: Keycloak; readonly browser: TestBrowser }): void {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'saml-story-'))
    ;({ keycloak, browser } = shared())
    sp = await samlKey('sp')
    await keycloak.admin.createRealm(realmOf({ name: REALM, people: [ALICE, RUNNER, STRANGER] }))
    const redirectURIs: string[] = ['https://console.test/sign-in/callback']
    login = await startLogin({
      upstreams: [await corp()],
      clients: (files) => clients({ ...files, redirectURIs }),
      makeUpstream: createMakeUpstream(new Registry()),
    })
    const clientSecretFile = await put('client-secret', login.consoleSecret)
    console = await startConsole({
      config: { issuer: login.url, clientID: 'console', clientSecretFile, caFile: await put('login-ca.crt', login.ca) },
    })
    // Each needs the address of the other. Login reads its clients at the first request.
    redirectURIs.push(`${console.url}/sign-in/callback`)
    const address = `${login.url}/upstream/corp`
    await register({
      saml: [{ entityID: `${address}/metadata`, acs: `${address}/acs`, slo: `${address}/slo`, signingCert: der(sp), encryptionCert: der(sp) }],
    })
    await register({ saml: [{ entityID: TOKEN, acs: TOKEN, signingCert: der(sp), initiatedName: 'agent' }] })
  })
  afterAll(async () => {
    await console?.close()
    await login?.close()
    await rm(dir, { recursive: true, force: true })
  })

  describe('with Keycloak by SAML', () => {
    it('an agent gets a token for its assertion, its group decides the policy, and a person approves in the console', async () => {
      const exchanged = await exchange(await assertionOf(RUNNER))
      expect([exchanged.code, exchanged.body.error]).toEqual([200, undefined])
      const { identity } = await gatewayFor(login.url, login.ca)(exchanged.body.access_token ?? '')
      expect(identity).toMatchObject({ username: 'oidc:runner', groups: ['oidc:agents'] })

      const rules = [{ verbs: ['delete'], resources: ['pods'], namespaces: ['shop'], resourceNames: ['web-1'] }]
      const asked = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { generateName: 'r-' }, spec: { rules, reason: 'it hangs' } }
      const made = await console.api.send(identity, 'POST accessrequests', { body: asked })
      expect(made.code).toBe(201)
      const { name } = made.body['metadata'] as { readonly name: string }

      const page = await browser.newPage()
      await page.goto(`${console.url}/requests/${name}`)
      await logIn(page, ALICE)
      await page.waitForURL(`${console.url}/requests/${name}`)
      expect(await page.textContent('body')).toContain('oidc:alice')
      await page.click('button.approve')
      await expect.poll(async () => JSON.stringify((await console.api.send(identity, `GET accessrequests/${name}`)).body)).toContain('"Approved"')
    })

    it('an assertion is exchanged once, whichever replica gets it, and not by the grant of RFC 7522 afterwards', async () => {
      const assertion = await assertionOf(RUNNER)
      login.next = 0
      expect((await exchange(assertion)).code).toBe(200)
      login.next = 1
      expect((await exchange(assertion)).code).toBe(400)
      const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:saml2-bearer', client_id: 'agents', assertion }
      expect((await post(`${login.url}/token`, login.ca, grant)).code).toBe(400)
      login.next = undefined
    })

    it('a person of another group is governed by no policy, and may approve nothing', async () => {
      const { body } = await exchange(await assertionOf(STRANGER))
      const { identity } = await gatewayFor(login.url, login.ca)(body.access_token ?? '')
      const who = await console.api.send(identity, 'POST whoamis', { body: { apiVersion: 'jit.access/v1', kind: 'WhoAmI' } })
      expect([who.code, (who.body['status'] as { readonly policies?: readonly string[] }).policies ?? []]).toEqual([201, []])
    })
  })

  describe('a person who signs out everywhere', () => {
    it('is signed out at login and at Keycloak, which asks for the password again', async () => {
      const page = await browser.newPage()
      await page.goto(`${console.url}/`)
      await logIn(page, ALICE)
      await page.waitForURL(`${console.url}/`)
      await page.goto(`${login.url}/session/end`)
      await page.click('text=Sign out everywhere')
      await page.waitForURL(`${login.url}/signed-out`)
      await page.goto(`${console.url}/sign-in?to=%2F`)
      expect(new URL(page.url()).origin).toBe(keycloak.url)
      expect(await page.isVisible('#kc-login')).toBe(true)
    })
  })

  describe('with Keycloak by OpenID Connect', () => {
    it('the gateway accepts its tokens, with the groups of the person', async () => {
      await register({ oidc: [{ clientId: 'kubectl', redirectUris: ['https://unused.test/'], audience: GATEWAY }] })
      const form = { grant_type: 'password', client_id: 'kubectl', username: RUNNER.username, password: RUNNER.password, scope: 'openid' }
      const { body } = await post(`${keycloak.url}/realms/${REALM}/protocol/openid-connect/token`, keycloak.ca, form)
      const { identity } = await gatewayFor(`${keycloak.url}/realms/${REALM}`, keycloak.ca, 'preferred_username')(body.access_token ?? '')
      expect(identity).toMatchObject({ username: 'oidc:runner', groups: ['oidc:agents'] })
    })

    it('signs people in at the console', async () => {
      const secret = 'only-for-this-test'
      const config = {
        issuer: `${keycloak.url}/realms/${REALM}`,
        clientID: 'console',
        clientSecretFile: await put('console-secret', secret),
        caFile: keycloak.caFile,
        usernameClaim: 'preferred_username',
        scopes: ['profile'],
      }
      const own = await startConsole({ config })
      try {
        await register({ oidc: [{ clientId: 'console', redirectUris: [`${own.url}/sign-in/callback`], secret }] })
        const name = await own.ask()
        const page = await browser.newPage()
        await page.goto(`${own.url}/requests/${name}`)
        await logIn(page, ALICE)
        await page.waitForURL(`${own.url}/requests/${name}`)
        expect(await page.textContent('body')).toContain('oidc:alice')
        expect(own.seen.at(-1)?.as).toMatchObject({ username: 'oidc:alice', groups: ['oidc:approvers', 'system:authenticated'] })
      } finally {
        await own.close()
      }
    })
  })
}
