import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createBrowser, type Browser } from '../../../hack/browser/plain-browser.ts'
import { CLIENT, CLIENT_SECRET, startProvider, type TestProvider } from '../../console/identity-provider.ts'
import { authURL, claimsOf, follow, newPkce, redeem } from '../flows.ts'
import { openOidcFixture, type OidcFixture } from './oidc-fixture.ts'

let stage: OidcFixture<TestProvider>
let dir: string
let browser: Browser
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-login-oidc-secret-'))
  await writeFile(join(dir, 'secret'), `${CLIENT_SECRET}\n`)
  stage = await openOidcFixture(startProvider, { clientID: CLIENT, clientSecretFile: join(dir, 'secret') })
})
afterAll(async () => {
  await stage.close()
  await rm(dir, { recursive: true })
})
beforeEach(() => {
  browser = createBrowser([stage.fixture.ca, stage.provider.ca])
  stage.provider.person = { sub: 'alice', claims: { groups: ['approvers', 'developers'] } }
  return () => browser.close()
})

/** Begins a sign-in at the console, and follows it through login and the provider to the console. */
async function signIn(changes: { readonly [parameter: string]: string } = {}) {
  const { fixture, provider } = stage
  const pkce = newPkce()
  let page = await browser.once(authURL(fixture, { code_challenge: pkce.challenge, ...changes }))
  for (let count = 0; count < 20; count += 1) {
    if (page.code < 300 || page.code >= 400) return { page, pkce, code: '' }
    const to = new URL(page.headers.get('location') ?? '', page.url)
    if (to.origin !== fixture.url && to.origin !== provider.issuer) return { page, pkce, code: to.searchParams.get('code') ?? '', to }
    page = await browser.once(to.href)
  }
  throw new Error('the sign-in goes round in circles')
}

describe('a person who signs in at an OpenID Connect provider', () => {
  it('gets tokens of login with the name and the groups, whatever replica answers', async () => {
    const { code, pkce } = await signIn()
    const { body } = await redeem(stage.fixture, browser, { code, pkce })
    expect(claimsOf(body.id_token)).toMatchObject({ iss: stage.fixture.url, sub: 'alice', groups: ['approvers', 'developers'] })
  })
  it('is sent back with a page that says what to do when the provider does not sign them in', async () => {
    stage.provider.person = { sub: 'alice', deny: true }
    const { page } = await signIn()
    expect(page.code).toBe(403)
    expect(page.text).toContain('did not sign you in')
    expect(page.text).toContain('Try again')
    expect(page.text).not.toContain('alert(1)')
  })
  it('is not signed in with a group that Kubernetes hands out', async () => {
    stage.provider.person = { sub: 'alice', claims: { groups: ['system:masters'] } }
    const { page } = await signIn()
    expect([page.code, page.text.includes('not accepted here')]).toEqual([403, true])
  })
  it('signs in again where the program asks for it', async () => {
    await signIn()
    const { code, pkce } = await signIn({ prompt: 'login' })
    const { body } = await redeem(stage.fixture, browser, { code, pkce })
    expect(claimsOf(body.id_token).sub).toBe('alice')
  })
  it('ends the session at the provider too when they sign out everywhere', async () => {
    await signIn()
    const { page } = await follow(stage.fixture, browser, await browser.once(`${stage.fixture.url}/session/end`))
    const everywhere = /href="(\/sign-out\/[^"]*)"/.exec(page.text)?.[1] ?? ''
    const { outside } = await follow(stage.fixture, browser, await browser.once(`${stage.fixture.url}${everywhere}`))
    expect(outside?.origin).toBe(stage.provider.issuer)
    expect(Object.fromEntries(outside?.searchParams ?? [])).toEqual({
      client_id: CLIENT,
      post_logout_redirect_uri: `${stage.fixture.url}/signed-out`,
    })
  })
  it('finds the upstream ready', () => {
    expect(stage.upstreams.map(({ ready }) => ready?.())).toEqual([true, true])
  })
})
