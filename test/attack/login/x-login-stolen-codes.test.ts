import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { authURL, consoleCode, kubectlTokens, LOOPBACK, newPkce, redeem, refresh, send, token, visit } from '../../login/flows.ts'
import { CONSOLE_URI, startFixture, type Fixture } from '../../login/login-fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture.close())
afterEach(() => void (fixture.next = undefined))

describe('a code or refresh token that was stolen', () => {
  it('X264 works once over all replicas, and its second use ends what the first one got', async () => {
    const browser = fixture.browser()
    const pkce = newPkce()
    const { page } = await visit(fixture, browser, authURL(fixture, { client_id: 'kubectl', redirect_uri: LOOPBACK, code_challenge: pkce.challenge }))
    const { outside } = await send(fixture, browser, page, { decision: 'continue' })
    const form = {
      grant_type: 'authorization_code',
      client_id: 'kubectl',
      code: outside?.searchParams.get('code') ?? '',
      code_verifier: pkce.verifier,
      redirect_uri: LOOPBACK,
    }
    fixture.next = 0
    const first = await token(fixture, browser, form)
    expect(first.code).toBe(200)
    fixture.next = 1
    expect((await token(fixture, browser, form)).body.error).toBe('invalid_grant')
    expect((await refresh(fixture, browser, first.body.refresh_token)).body.error).toBe('invalid_grant')
  })
  it('works once when both replicas get it at the same time', async () => {
    const browser = fixture.browser()
    for (let round = 0; round < 5; round += 1) {
      const begun = await consoleCode(fixture, browser)
      const answers = await Promise.all([1, 2, 3, 4].map(() => redeem(fixture, browser, begun)))
      expect(answers.map(({ code }) => code).filter((code) => code === 200).length).toBeLessThanOrEqual(1)
      expect(answers.every(({ code }) => code === 200 || code === 400)).toBe(true)
    }
  })
  it('is of no use to another client', async () => {
    const browser = fixture.browser()
    const { code, pkce } = await consoleCode(fixture, browser)
    const form = { grant_type: 'authorization_code', client_id: 'kubectl', code, code_verifier: pkce.verifier, redirect_uri: CONSOLE_URI }
    expect((await token(fixture, browser, form)).body.error).toBe('invalid_grant')
    expect((await redeem(fixture, browser, { code, pkce })).code).toBe(200)
  })
  it('X265 is found out when a refresh token is used again: both the thief and the person are out', async () => {
    const browser = fixture.browser()
    const { body } = await kubectlTokens(fixture, browser)
    const renewed = await refresh(fixture, browser, body.refresh_token)
    expect(renewed.code).toBe(200)
    expect((await refresh(fixture, browser, body.refresh_token)).body.error).toBe('invalid_grant')
    expect((await refresh(fixture, browser, renewed.body.refresh_token)).body.error).toBe('invalid_grant')
  })
  it('is found out however long ago the token was used, and renewals take no room', async () => {
    const browser = fixture.browser()
    const count = async (): Promise<number> => (await fixture.api.store.list('loginstates')).entries.length
    const { body: first } = await kubectlTokens(fixture, browser)
    const before = await count()
    let last = first
    for (let renewals = 0; renewals < 5; renewals += 1) last = (await refresh(fixture, browser, last.refresh_token)).body
    expect([last.error, await count()]).toEqual([undefined, before])
    expect((await refresh(fixture, browser, first.refresh_token)).body.error).toBe('invalid_grant')
    expect((await refresh(fixture, browser, last.refresh_token)).body.error).toBe('invalid_grant')
  })
  it('is not known by its beginning: a text that somebody makes of an old token ends the sign-in', async () => {
    const browser = fixture.browser()
    const { body } = await kubectlTokens(fixture, browser)
    const made = `${(body.refresh_token ?? '').slice(0, -8)}AAAAAAAA`
    expect((await refresh(fixture, browser, made)).body.error).toBe('invalid_grant')
    expect((await refresh(fixture, browser, body.refresh_token)).body.error).toBe('invalid_grant')
  })
  it('one refresh token used at both replicas at once gives tokens once', async () => {
    const browser = fixture.browser()
    const { body } = await kubectlTokens(fixture, browser)
    const answers = await Promise.all([1, 2, 3].map(() => refresh(fixture, browser, body.refresh_token)))
    expect(answers.filter(({ code }) => code === 200).length).toBeLessThanOrEqual(1)
  })
  it('ends with the time that the first sign-in allows, however often it is renewed', async () => {
    const browser = fixture.browser()
    const { body } = await kubectlTokens(fixture, browser)
    const start = Date.now()
    try {
      vi.useFakeTimers({ toFake: ['Date'], now: start + 7.9 * 3600_000 })
      const renewed = await refresh(fixture, browser, body.refresh_token)
      expect(renewed.code).toBe(200)
      vi.setSystemTime(start + 8.1 * 3600_000)
      expect((await refresh(fixture, browser, renewed.body.refresh_token)).body.error).toBe('invalid_grant')
    } finally {
      vi.useRealTimers()
    }
  })
})
