import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SESSION_COOKIE } from '../../../console/session/session.ts'
import { hiddenField, type Browser } from '../../../hack/browser/plain-browser.ts'
import { startFixture, type Fixture } from '../console-fixture.ts'

const RECHECK_MS = 300_000

let fixture: Fixture
beforeAll(async () => void (fixture = await startFixture({ recheckMs: RECHECK_MS })))
afterAll(() => fixture.close())
beforeEach(() => {
  fixture.clock.skewMs = 0
  fixture.provider.person = { sub: 'alice', claims: { groups: ['approvers'] } }
})

const cookieOf = (browser: Browser): string => browser.cookies(fixture.url).get(SESSION_COOKIE) ?? ''

describe('a session about which the provider is asked again', () => {
  it('goes on without a question while the person is signed in there, and the forms of open pages stay valid', async () => {
    const alice = fixture.browser()
    const before = await alice.open(`${fixture.url}/`)
    const exchanged = fixture.provider.exchanged()
    fixture.clock.skewMs = RECHECK_MS - 1_000
    await alice.open(`${fixture.url}/grants`)
    expect(fixture.provider.exchanged()).toBe(exchanged)
    fixture.clock.skewMs = RECHECK_MS + 1_000
    const page = await alice.open(`${fixture.url}/history?outcome=Denied`)
    expect([page.code, page.url, fixture.provider.exchanged()]).toEqual([200, `${fixture.url}/history?outcome=Denied`, exchanged + 1])
    expect(hiddenField(page, 'csrf')).toBe(hiddenField(before, 'csrf'))
  })
  it('is not sent away while a script reads a page, or for a download', async () => {
    const alice = fixture.browser()
    await alice.open(`${fixture.url}/`)
    fixture.clock.skewMs = RECHECK_MS + 1_000
    const cookie = `${SESSION_COOKIE}=${cookieOf(alice)}`
    expect((await alice.once(`${fixture.url}/`, { headers: { 'sec-fetch-dest': 'empty', cookie } })).code).toBe(200)
    expect((await alice.once(`${fixture.url}/`, { headers: { 'sec-fetch-dest': 'document', cookie } })).code).toBe(303)
  })
})
