import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { hiddenField } from '../../../hack/browser/plain-browser.ts'
import { asConsole, authURL, consoleCode, kubectlTokens, LOOPBACK, newPkce, redeem, send, token, visit } from '../../login/flows.ts'
import { ALICE, CONSOLE_URI, startFixture, type Fixture } from '../../login/login-fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture.close())
afterEach(() => {
  fixture.next = undefined
  fixture.clock.skewMs += 60_000 // for the limits by address
  const corp = fixture.directories['corp']
  if (corp !== undefined) corp.person = { ...ALICE, authenticatedAt: fixture.clock.nowMs() }
})

describe('somebody who sends a person to login with a link of their own', () => {
  it.each([
    ['another host', 'https://evil.test/sign-in/callback'],
    ['the same host and another path', 'https://console.test/other'],
    ['a path that leads back', 'https://console.test/sign-in/callback/../../evil'],
    ['user info', 'https://console.test@evil.test/sign-in/callback'],
    ['a port', 'https://console.test:8443/sign-in/callback'],
    ['a query', 'https://console.test/sign-in/callback?to=https://evil.test'],
    ['a fragment', 'https://console.test/sign-in/callback#x'],
    ['another case', 'https://console.test/Sign-in/callback'],
    ['http', 'http://console.test/sign-in/callback'],
    ['a script', 'javascript:alert(1)'],
    ['an encoded dot', 'https://console.test%2eevil.test/sign-in/callback'],
  ])('X260 gets no redirect to %s', async (_, uri) => {
    const { page, outside } = await visit(fixture, fixture.browser(), authURL(fixture, { redirect_uri: uri, code_challenge: newPkce().challenge }))
    expect([outside, page.code]).toEqual([undefined, 400])
  })
  it.each([
    ['another computer', 'http://evil.test/callback'],
    ['a name for this computer', 'http://localhost:1234/callback'],
    ['another path', 'http://127.0.0.1:1234/other'],
    ['https', 'https://127.0.0.1:1234/callback'],
    ['a host that begins alike', 'http://127.0.0.1.evil.test/callback'],
  ])('gets no redirect of a native client to %s', async (_, uri) => {
    const url = authURL(fixture, { client_id: 'kubectl', redirect_uri: uri, code_challenge: newPkce().challenge })
    const { page, outside } = await visit(fixture, fixture.browser(), url)
    expect([outside, page.code]).toEqual([undefined, 400])
  })
  it('X261 gets no code by a program of the computer without consent, not even when the person is signed in', async () => {
    const browser = fixture.browser()
    await kubectlTokens(fixture, browser)
    const pkce = newPkce()
    const url = authURL(fixture, { client_id: 'kubectl', redirect_uri: LOOPBACK, code_challenge: pkce.challenge })
    const { page } = await visit(fixture, browser, url)
    expect(page.text).toContain('Go on only if you have just started to sign in yourself')
    const silent = await visit(fixture, browser, `${url}&prompt=none`)
    expect(silent.outside?.searchParams.get('error')).toBe('interaction_required')
    const cancelled = await send(fixture, browser, page, { decision: 'cancel' })
    expect([cancelled.outside?.searchParams.get('error'), cancelled.outside?.searchParams.get('code')]).toEqual(['access_denied', null])
  })
  it('cannot send the consent form from another site, or with the token of another sign-in', async () => {
    const browser = fixture.browser()
    const begin = () =>
      visit(fixture, browser, authURL(fixture, { client_id: 'kubectl', redirect_uri: LOOPBACK, code_challenge: newPkce().challenge }))
    const other = hiddenField((await begin()).page, 'form')
    const { page } = await begin()
    const post = (form: string, origin: string) => browser.send(`${page.url}/consent`, { form, decision: 'continue' }, { origin })
    expect((await post(hiddenField(page, 'form'), 'https://evil.test')).code).toBe(403)
    expect((await post(other, fixture.url)).code).toBe(403)
    expect((await post('', fixture.url)).code).toBe(403)
    expect((await post(hiddenField(page, 'form'), fixture.url)).code).toBe(303)
  })
  it('X262 cannot finish a sign-in in the browser of somebody else', async () => {
    const [thief, victim] = [fixture.browser(), fixture.browser()]
    const begun = await thief.once(authURL(fixture, { code_challenge: newPkce().challenge }))
    const interaction = await thief.once(new URL(begun.headers.get('location') ?? '', fixture.url).href)
    const answer = await thief.once(new URL(interaction.headers.get('location') ?? '', fixture.url).href)
    const result = new URL(answer.headers.get('location') ?? '', fixture.url).href
    // The victim has a sign-in of their own that waits, and the thief even knows its name.
    const own = await victim.once(authURL(fixture, { code_challenge: newPkce().challenge }))
    expect((await victim.once(result)).code).toBe(400)
    expect((await victim.once(`${new URL(own.headers.get('location') ?? '', fixture.url).href}/signed-in/${result.split('/').at(-1)}`)).code).toBe(
      400,
    )
    const used = await thief.once(result)
    expect(used.code).toBe(303)
    expect((await thief.once(result)).code).toBe(400)
  })
})

describe('PKCE', () => {
  it.each([
    ['missing', { code_challenge: '', code_challenge_method: '' }],
    ['plain', { code_challenge: 'a'.repeat(43), code_challenge_method: 'plain' }],
    ['without its method', { code_challenge: 'a'.repeat(43), code_challenge_method: '' }],
    ['of another method', { code_challenge: 'a'.repeat(43), code_challenge_method: 's256' }],
  ])('X263 is not left out or weakened: %s', async (_, changes) => {
    const { outside } = await visit(fixture, fixture.browser(), authURL(fixture, changes))
    expect([outside?.searchParams.get('error'), outside?.searchParams.get('code')]).toEqual(['invalid_request', null])
  })
  it('needs the verifier that fits, even with the secret of the client', async () => {
    const browser = fixture.browser()
    const { code } = await consoleCode(fixture, browser)
    expect((await redeem(fixture, browser, { code, pkce: newPkce() })).body.error).toBe('invalid_grant')
    const without = await token(fixture, browser, { grant_type: 'authorization_code', code, redirect_uri: CONSOLE_URI }, asConsole(fixture))
    expect([without.code, without.body.error]).toEqual([400, 'invalid_grant'])
  })
})

describe('cookies', () => {
  it('X266 that were changed, or put together from two browsers, are worth nothing', async () => {
    const [one, other] = [fixture.browser(), fixture.browser()]
    await consoleCode(fixture, one)
    const corp = fixture.directories['corp']
    if (corp !== undefined) corp.person = { name: 'mallory', groups: [], authenticatedAt: fixture.clock.nowMs() }
    await consoleCode(fixture, other)
    const [ones, others] = [one.cookies(fixture.url), other.cookies(fixture.url)]
    // The sealed session of Alice under the ID of Mallory's session, and the other way round.
    others.set('__Host-jit-login-session', ones.get('__Host-jit-login-session') ?? '')
    const mixed = await visit(fixture, other, authURL(fixture, { code_challenge: newPkce().challenge, prompt: 'none' }))
    expect(mixed.outside?.searchParams.get('error')).toBe('login_required')
    const sealed = ones.get('__Host-jit-login-session') ?? ''
    ones.set('__Host-jit-login-session', `${sealed.slice(0, -4)}AAAA`)
    const changed = await visit(fixture, one, authURL(fixture, { code_challenge: newPkce().challenge, prompt: 'none' }))
    expect(changed.outside?.searchParams.get('error')).toBe('login_required')
  })
  it('are for this host, over HTTPS, and out of reach of scripts; no page may be framed or run a script', async () => {
    const browser = fixture.browser()
    const begun = await browser.once(authURL(fixture, { code_challenge: newPkce().challenge }))
    for (const line of begun.headers.getSetCookie()) {
      expect(line).toMatch(/; ?secure/i)
      expect(line).toMatch(/; ?httponly/i)
      expect(line).toMatch(/; ?samesite=lax/i)
      expect(line).not.toMatch(/; ?domain=/i)
    }
    const page = await browser.once(`${fixture.url}/device`)
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('script-src')
    expect(page.text).not.toMatch(/<script|onfocus=|<style/i)
  })
  it('a new person in a browser is not the one before', async () => {
    const browser = fixture.browser()
    await consoleCode(fixture, browser)
    const corp = fixture.directories['corp']
    if (corp !== undefined) corp.person = { name: 'bob', groups: ['developers'], authenticatedAt: fixture.clock.nowMs() }
    const begun = await consoleCode(fixture, browser, { prompt: 'login' })
    const { body } = await redeem(fixture, browser, begun)
    expect(JSON.parse(Buffer.from((body.id_token ?? '').split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      sub: 'bob',
      groups: ['developers'],
    })
  })
})

describe('what login says', () => {
  it('X267 every answer names the issuer, so that no client mixes up two providers', async () => {
    const { outside } = await visit(fixture, fixture.browser(), authURL(fixture, { code_challenge: '', code_challenge_method: '' }))
    expect(outside?.searchParams.get('iss')).toBe(fixture.url)
  })
  it('the published keys have no private part', async () => {
    const { text, headers } = await fixture.browser().once(`${fixture.url}/jwks`)
    const { keys } = JSON.parse(text) as { readonly keys: readonly object[] }
    expect(keys.length).toBe(1)
    for (const key of keys)
      expect(Object.keys(key).filter((member) => !['kty', 'kid', 'alg', 'use', 'crv', 'x', 'y', 'n', 'e'].includes(member))).toEqual([])
    expect(headers.get('cache-control')).toBe('public, max-age=300')
  })
  it('its URLs are those of the configuration, whatever host a request names', async () => {
    const { text } = await fixture.browser().once(`${fixture.url}/.well-known/openid-configuration`, {
      headers: { 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'http', forwarded: 'host=evil.test' },
    })
    expect(text).not.toContain('evil.test')
    const document = JSON.parse(text) as { readonly [name: string]: unknown }
    expect(document).toMatchObject({ issuer: fixture.url, token_endpoint: `${fixture.url}/token`, code_challenge_methods_supported: ['S256'] })
    expect(document['response_types_supported']).toEqual(['code'])
  })
  it('X268 a visitor who never signs in leaves nothing in the store, however often they come', async () => {
    const before = (await fixture.api.store.list('loginstates')).entries.length
    const browser = fixture.browser()
    for (let count = 0; count < 10; count += 1) {
      const begun = await browser.once(authURL(fixture, { code_challenge: newPkce().challenge }))
      await browser.once(new URL(begun.headers.get('location') ?? '', fixture.url).href)
      await browser.once(`${fixture.url}/device`)
    }
    expect((await fixture.api.store.list('loginstates')).entries.length).toBe(before)
  })
  it('what is stored shows no code, token or name', async () => {
    const browser = fixture.browser()
    const { body } = await kubectlTokens(fixture, browser)
    const { code } = await consoleCode(fixture, browser)
    const stored = JSON.stringify((await fixture.api.store.list('loginstates')).entries)
    expect(stored).toContain('RefreshToken')
    for (const secret of [body.refresh_token ?? '-', code, 'alice', 'approvers']) expect(stored).not.toContain(secret)
    for (const secret of [body.refresh_token ?? '-', body.id_token ?? '-', code]) expect(fixture.logged.join('')).not.toContain(secret)
  })
  it('long parameters begin no sign-in, so no site can fill a browser with cookies until login refuses it', async () => {
    const browser = fixture.browser()
    const { page, outside } = await visit(fixture, browser, authURL(fixture, { code_challenge: newPkce().challenge, state: 'x'.repeat(6_500) }))
    expect([page.code === 400 || outside?.searchParams.get('error') === 'invalid_request', outside?.searchParams.get('code') ?? null]).toEqual([
      true,
      null,
    ])
    for (let count = 0; count < 12; count += 1)
      await browser.once(authURL(fixture, { code_challenge: newPkce().challenge, state: 'x'.repeat(3_000) }))
    const cookies = [...browser.cookies(fixture.url)].map((pair) => pair.join('=')).join('; ')
    expect(cookies.length).toBeLessThan(48_000)
    expect((await consoleCode(fixture, browser)).code).not.toBe('')
  })
  it('while the store is away, programs learn that they may try again', async () => {
    const browser = fixture.browser()
    const begun = await consoleCode(fixture, browser)
    const { get } = fixture.api.store
    fixture.api.store.get = () => Promise.reject(new Error('away'))
    try {
      const { code, body } = await redeem(fixture, browser, begun)
      expect([code, body.error]).toEqual([503, 'temporarily_unavailable'])
    } finally {
      fixture.api.store.get = get
    }
    expect((await redeem(fixture, browser, begun)).code).toBe(200)
  })
  it('X269 a program that may not: no other response type, mode or grant', async () => {
    const browser = fixture.browser()
    const implicit = await visit(fixture, browser, authURL(fixture, { response_type: 'id_token', code_challenge: newPkce().challenge }))
    expect(implicit.outside?.searchParams.get('id_token') ?? null).toBeNull()
    for (const mode of ['&response_mode=form_post', '&x=?&response_mode=form_post'])
      expect((await visit(fixture, browser, authURL(fixture, { code_challenge: newPkce().challenge }) + mode)).page.code).toBe(400)
    for (const grant of ['client_credentials', 'password', 'refresh_token', 'urn:ietf:params:oauth:grant-type:token-exchange']) {
      const { code } = await token(fixture, browser, { grant_type: grant, refresh_token: 'x' }, asConsole(fixture))
      expect(code).toBe(400)
    }
    expect((await token(fixture, browser, { grant_type: 'authorization_code', code: 'x', client_id: 'console' })).code).toBe(401)
  })
})
