import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SESSION_COOKIE } from '../../../console/session/session.ts'
import { followWithin, hiddenField, type Browser } from '../../../hack/browser/plain-browser.ts'
import { startFixture, type Fixture } from '../../console/console-fixture.ts'

/** X. What several tabs of one browser do to a session of the console. */
let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture()
  fixture.provider.person = { sub: 'alice', claims: { groups: ['approvers'] } }
})
afterAll(() => fixture.close())

const cookieHeader = (browser: Browser): string => [...browser.cookies(fixture.url)].map((pair) => pair.join('=')).join('; ')
const signOut = async (browser: Browser): Promise<void> => {
  const csrf = hiddenField(await browser.open(`${fixture.url}/`), 'csrf')
  await browser.once(`${fixture.url}/sign-out`, {
    method: 'POST',
    body: new URLSearchParams({ csrf }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
}

/** Sends a request as a page sent it before, and lets its answer arrive now. */
const answerOf = (browser: Browser, path: string, cookie: string) => browser.once(`${fixture.url}${path}`, { headers: { cookie } })

describe('X. tabs of one browser', () => {
  it('X410 a page that was loading when its person signed out does not sign in anybody again', async () => {
    const alice = await fixture.signedIn()
    const before = cookieHeader(alice)
    await signOut(alice)
    fixture.clock.skewMs = 60_000
    try {
      const late = await answerOf(alice, '/', before)
      expect(late.headers.getSetCookie().join()).toContain(SESSION_COOKIE)
      const next = await alice.once(`${fixture.url}/grants`)
      expect([next.code, next.headers.get('location')]).toEqual([303, '/sign-in?to=%2Fgrants'])
      expect((await alice.once(`${fixture.url}/inbox/events`)).code).toBe(401)
    } finally {
      fixture.clock.skewMs = 0
    }
  })
  it('nor does it bring back the person whom another one replaced', async () => {
    const shared = await fixture.signedIn({ username: 'oidc:mallory', groups: [] })
    const before = cookieHeader(shared)
    expect((await shared.open(`${fixture.url}/sign-in`)).text).toContain('oidc:alice')
    fixture.clock.skewMs = 60_000
    try {
      await answerOf(shared, '/', before)
      expect((await shared.once(`${fixture.url}/grants`)).text).not.toContain('oidc:mallory')
    } finally {
      fixture.clock.skewMs = 0
    }
  })
  it('X411 each of several tabs that sign in at the same time arrives where it wanted', async () => {
    const browser = fixture.browser()
    const answers: string[] = []
    for (const path of ['/grants', '/agents', '/history']) {
      const first = await browser.once(`${fixture.url}/sign-in?to=${encodeURIComponent(path)}`)
      const { outside } = await followWithin(browser, first, ({ pathname }) => pathname !== '/sign-in/callback')
      answers.push(outside?.href ?? '')
    }
    const arrived: (string | null)[] = []
    for (const answer of answers) arrived.push((await browser.once(answer)).headers.get('location'))
    expect(arrived).toEqual(['/grants', '/agents', '/history'])
    expect([...browser.cookies(fixture.url).keys()].filter((name) => name.includes('sign-in'))).toEqual([])
  })
  it('sign-ins that are never completed leave few cookies', async () => {
    const browser = fixture.browser()
    for (let index = 0; index < 12; index += 1) await browser.once(`${fixture.url}/sign-in?to=%2Fhistory%3Frequester%3D${'a'.repeat(1900)}`)
    expect(cookieHeader(browser).length).toBeLessThan(16_000)
    expect((await browser.open(`${fixture.url}/sign-in?to=%2Fgrants`)).url).toBe(`${fixture.url}/grants`)
  })
})
