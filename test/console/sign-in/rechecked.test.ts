import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SESSION_COOKIE } from '../../../console/session/session.ts'
import { hiddenField, type Browser } from '../../../hack/browser/plain-browser.ts'
import { startFixture, type Fixture } from '../console-fixture.ts'

const RECHECK_MS = 300_000

let world: Fixture
beforeAll(async () => void (world = await startFixture({ recheckMs: RECHECK_MS })))
afterAll(() => world.close())
beforeEach(() => {
  world.clock.skewMs = 0
  world.provider.person = { sub: 'alice', claims: { groups: ['approvers'] } }
})

const cookieOf = (browser: Browser): string => browser.cookies(world.url).get(SESSION_COOKIE) ?? ''

describe('a session about which the provider is asked again', () => {
  it('goes on without a question while the person is signed in there, and the forms of open pages stay valid', async () => {
    const alice = world.browser()
    const before = await alice.open(`${world.url}/`)
    const exchanged = world.provider.exchanged()
    world.clock.skewMs = RECHECK_MS - 1_000
    await alice.open(`${world.url}/grants`)
    expect(world.provider.exchanged()).toBe(exchanged)
    world.clock.skewMs = RECHECK_MS + 1_000
    const page = await alice.open(`${world.url}/history?outcome=Denied`)
    expect([page.code, page.url, world.provider.exchanged()]).toEqual([200, `${world.url}/history?outcome=Denied`, exchanged + 1])
    expect(hiddenField(page, 'csrf')).toBe(hiddenField(before, 'csrf'))
  })
  it('is not sent away while a script reads a page, or for a download', async () => {
    const alice = world.browser()
    await alice.open(`${world.url}/`)
    world.clock.skewMs = RECHECK_MS + 1_000
    const cookie = `${SESSION_COOKIE}=${cookieOf(alice)}`
    expect((await alice.once(`${world.url}/`, { headers: { 'sec-fetch-dest': 'empty', cookie } })).code).toBe(200)
    expect((await alice.once(`${world.url}/`, { headers: { 'sec-fetch-dest': 'document', cookie } })).code).toBe(303)
  })
})
