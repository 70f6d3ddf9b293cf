import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import { claimsOf, consoleCode, kubectlTokens, redeem, refresh } from './flows.ts'
import { startFixture, type Fixture } from './login-fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture.close())

describe('the authorization code flow', () => {
  it('signs in at the console, whatever replica each request reaches', async () => {
    const browser = fixture.browser()
    const begun = await consoleCode(fixture, browser)
    expect(begun.outside.searchParams.get('iss')).toBe(fixture.url)
    const { code, body } = await redeem(fixture, browser, begun)
    expect([code, body.error]).toEqual([200, undefined])
    const keys = createRemoteJWKSet(new URL(`${fixture.url}/jwks`), {
      [customFetch]: async (url) => {
        const { text, code: status } = await browser.once(url)
        return new Response(text, { status })
      },
    })
    const { payload } = await jwtVerify(body.id_token ?? '', keys, { issuer: fixture.url, audience: 'console' })
    expect(payload).toMatchObject({ sub: 'alice', name: 'alice', groups: ['approvers', 'developers'], nonce: 'nonce-of-the-program' })
    expect(body.refresh_token).toBeUndefined()
  })
  it('signs in with kubectl after consent, and renews the tokens', async () => {
    const browser = fixture.browser()
    const { body } = await kubectlTokens(fixture, browser)
    expect(claimsOf(body.id_token)).toMatchObject({ sub: 'alice', aud: 'kubectl' })
    const renewed = await refresh(fixture, browser, body.refresh_token)
    expect([renewed.code, claimsOf(renewed.body.id_token).sub]).toEqual([200, 'alice'])
    expect(renewed.body.refresh_token).not.toBe(body.refresh_token)
  })
})
