import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SESSION_COOKIE } from '../../../console/session/session.ts'
import { hiddenField, type Browser } from '../../../hack/browser/plain-browser.ts'
import { LIMITS, startFixture, type Fixture } from '../../console/console-fixture.ts'

const RECHECK_MS = 300_000

let world: Fixture
beforeAll(async () => void (world = await startFixture({ recheckMs: RECHECK_MS })))
afterAll(() => world.close())
beforeEach(() => {
  world.clock.skewMs = 0
  world.provider.person = { sub: 'alice', claims: { groups: ['approvers'] } }
})

const cookieOf = (browser: Browser): string => browser.cookies(world.url).get(SESSION_COOKIE) ?? ''

/** A browser without a session at the provider, with the cookie of another one. */
function thiefOf(victim: Browser): Browser {
  const thief = world.browser()
  thief.cookies(world.url).set(SESSION_COOKIE, cookieOf(victim))
  return thief
}

describe('a session of the console in the hands of a thief of its cookie, if the provider is asked again', () => {
  it('X340 is over at the first page, and for their forms after the idle time, however busy they are', async () => {
    const alice = world.browser()
    await alice.open(`${world.url}/`)
    const thief = thiefOf(alice)
    const page = await thief.open(`${world.url}/grants`)
    expect(page.text).toContain('oidc:alice')
    const csrf = hiddenField(page, 'csrf')
    world.provider.person = { sub: 'mallory', claims: { groups: [] } }
    const act = async (): Promise<number> => (await thief.post(`${world.url}/requests/gone/deny`, { csrf, reason: 'no' })).code
    for (const skewMs of [RECHECK_MS, RECHECK_MS + LIMITS.idleMs - 10_000]) {
      world.clock.skewMs = skewMs
      expect((await thief.once(`${world.url}/grants`)).headers.get('location')).toBe('/sign-in?to=%2Fgrants')
      expect(await act()).not.toBe(401)
    }
    world.clock.skewMs = RECHECK_MS + LIMITS.idleMs + 1_000
    expect(await act()).toBe(401)
    // At the provider they are somebody else.
    expect((await thief.open(`${world.url}/grants`)).text).toContain('oidc:mallory')
  })
})
