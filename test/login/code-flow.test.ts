import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import { claimsOf, consoleCode, kubectlTokens, redeem, refresh } from './flows.ts'
import { startFixture, type Fixture } from './login-fixture.ts'

let world: Fixture
beforeAll(async () => {
  world = await startFixture()
})
afterAll(() => world.close())

describe('the authorization code flow', () => {
  it('signs in at the console, whatever replica each request reaches', async () => {
    const browser = world.browser()
    const begun = await consoleCode(world, browser)
    expect(begun.outside.searchParams.get('iss')).toBe(world.url)
    const { code, body } = await redeem(world, browser, begun)
    expect([code, body.error]).toEqual([200, undefined])
    const keys = createRemoteJWKSet(new URL(`${world.url}/jwks`), {
      [customFetch]: async (url) => {
        const { text, code: status } = await browser.once(url)
        return new Response(text, { status })
      },
    })
    const { payload } = await jwtVerify(body.id_token ?? '', keys, { issuer: world.url, audience: 'console' })
    expect(payload).toMatchObject({ sub: 'alice', name: 'alice', groups: ['approvers', 'developers'], nonce: 'nonce-of-the-program' })
    expect(body.refresh_token).toBeUndefined()
  })
  it('signs in with kubectl after consent, and renews the tokens', async () => {
    const browser = world.browser()
    const { body } = await kubectlTokens(world, browser)
    expect(claimsOf(body.id_token)).toMatchObject({ sub: 'alice', aud: 'kubectl' })
    const renewed = await refresh(world, browser, body.refresh_token)
    expect([renewed.code, claimsOf(renewed.body.id_token).sub]).toEqual([200, 'alice'])
    expect(renewed.body.refresh_token).not.toBe(body.refresh_token)
  })
})
