import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SESSION_COOKIE } from '../../../console/session/session.ts'
import { hiddenField, type Browser } from '../../../hack/browser/plain-browser.ts'
import { LIMITS, startFixture, type Fixture } from '../../console/console-fixture.ts'

const RECHECK_MS = 300_000

let fixture: Fixture
beforeAll(async () => void (fixture = await startFixture({ recheckMs: RECHECK_MS })))
afterAll(() => fixture.close())
beforeEach(() => {
  fixture.clock.skewMs = 0
  fixture.provider.person = { sub: 'alice', claims: { groups: ['approvers'] } }
})

const cookieOf = (browser: Browser): string => browser.cookies(fixture.url).get(SESSION_COOKIE) ?? ''

/** A browser without a session at the provider, with the cookie of another one. */
function thiefOf(victim: Browser): Browser {
  const thief = fixture.browser()
  thief.cookies(fixture.url).set(SESSION_COOKIE, cookieOf(victim))
  return thief
}

describe('a session of the console in the hands of a thief of its cookie, if the provider is asked again', () => {
  it('X340 is over at the first page, and for their forms after the idle time, however busy they are', async () => {
    const alice = fixture.browser()
    await alice.open(`${fixture.url}/`)
    const thief = thiefOf(alice)
    const page = await thief.open(`${fixture.url}/grants`)
    expect(page.text).toContain('oidc:alice')
    const csrf = hiddenField(page, 'csrf')
    fixture.provider.person = { sub: 'mallory', claims: { groups: [] } }
    const act = async (): Promise<number> => (await thief.post(`${fixture.url}/requests/gone/deny`, { csrf, reason: 'no' })).code
    for (const skewMs of [RECHECK_MS, RECHECK_MS + LIMITS.idleMs - 10_000]) {
      fixture.clock.skewMs = skewMs
      expect((await thief.once(`${fixture.url}/grants`)).headers.get('location')).toBe('/sign-in?to=%2Fgrants')
      expect(await act()).not.toBe(401)
    }
    fixture.clock.skewMs = RECHECK_MS + LIMITS.idleMs + 1_000
    expect(await act()).toBe(401)
    // At the provider they are somebody else.
    expect((await thief.open(`${fixture.url}/grants`)).text).toContain('oidc:mallory')
  })
})
