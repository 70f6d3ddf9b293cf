import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, Page } from '../../../hack/browser/plain-browser.ts'
import { claimsOf, send, token, visit, type TokenAnswer } from '../../login/flows.ts'
import { startFixture, type Fixture } from '../../login/login-fixture.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture.close())
afterEach(() => void (fixture.clock.skewMs += 600_000)) // the limits by address, and the codes of the test before

type Device = {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly interval: number
  readonly expires_in: number
}

const begin = (browser: Browser, client = 'kubectl') => browser.send(`${fixture.url}/device/auth`, { client_id: client, scope: 'openid groups' })
const device = async (browser: Browser): Promise<Device> => {
  const { code, text } = await begin(browser)
  if (code !== 200) throw new Error(text)
  return JSON.parse(text) as Device
}
const poll = (browser: Browser, { device_code }: Device): Promise<TokenAnswer> =>
  token(fixture, browser, { grant_type: GRANT, client_id: 'kubectl', device_code })
/** Types the code, and returns the page that asks whether it is their terminal. */
const type = async (browser: Browser, userCode: string): Promise<Page> => {
  const { page } = await visit(fixture, browser, `${fixture.url}/device`)
  return (await send(fixture, browser, page, { user_code: userCode })).page
}
const confirm = async (browser: Browser, page: Page): Promise<Page> => {
  const { page: consent } = await send(fixture, browser, page, { confirm: 'yes' })
  return (await send(fixture, browser, consent, { decision: 'continue' })).page
}

describe('a terminal without a browser', () => {
  it('X278 signs in by a code that the person types, confirms and consents to, and gets tokens once', async () => {
    const [terminal, person] = [fixture.browser(), fixture.browser()]
    const begun = await device(terminal)
    expect(begun).toMatchObject({ interval: 5, expires_in: 300, verification_uri: `${fixture.url}/device` })
    expect(Object.keys(begun)).not.toContain('verification_uri_complete')
    const pending = await poll(terminal, begun)
    expect(pending.body.error).toBe('authorization_pending')
    const page = await type(person, begun.user_code.toLowerCase().replace('-', ' '))
    expect(page.text).toContain('Is this your terminal?')
    expect(page.text).toContain('cancel and tell your security team')
    expect(page.text).toContain(begun.user_code)
    expect((await confirm(person, page)).text).toContain('is signed in')
    fixture.clock.skewMs += 6_000
    const { code, body } = await poll(terminal, begun)
    expect([code, claimsOf(body.id_token).sub]).toEqual([200, 'alice'])
    fixture.clock.skewMs += 6_000
    expect((await poll(terminal, begun)).body.error).toBe('invalid_grant')
  })
  it('one that asks too often has to slow down', async () => {
    const terminal = fixture.browser()
    fixture.next = 0
    const begun = await device(terminal)
    expect((await poll(terminal, begun)).body.error).toBe('authorization_pending')
    expect((await poll(terminal, begun)).body.error).toBe('slow_down')
    fixture.clock.skewMs += 6_000
    expect((await poll(terminal, begun)).body.error).toBe('authorization_pending')
    fixture.next = undefined
  })
  it('a person who cancels gives nothing', async () => {
    const [terminal, person] = [fixture.browser(), fixture.browser()]
    const begun = await device(terminal)
    const page = await type(person, begun.user_code)
    await send(fixture, person, page, { abort: 'yes' })
    expect((await poll(terminal, begun)).body.error).toBe('access_denied')
  })
})

describe('somebody who phishes with a device code', () => {
  it('X279 has no link that fills in the code', async () => {
    const [terminal, person] = [fixture.browser(), fixture.browser()]
    const begun = await device(terminal)
    const { page } = await visit(fixture, person, `${fixture.url}/device?user_code=${begun.user_code}`)
    expect(page.text).not.toContain(begun.user_code)
    expect(page.text).toContain('Code that your terminal shows')
  })
  it('cannot send the form from another site', async () => {
    const [terminal, person] = [fixture.browser(), fixture.browser()]
    const begun = await device(terminal)
    await visit(fixture, person, `${fixture.url}/device`)
    for (const xsrf of ['', 'guess']) {
      const sent = await person.send(`${fixture.url}/device`, { xsrf, user_code: begun.user_code, confirm: 'yes' })
      expect(sent.code).toBeGreaterThanOrEqual(400)
    }
    expect((await poll(terminal, begun)).body.error).toBe('authorization_pending')
  })
  it('has five minutes', async () => {
    const [terminal, person] = [fixture.browser(), fixture.browser()]
    const begun = await device(terminal)
    fixture.clock.skewMs += 301_000
    expect((await type(person, begun.user_code)).text).toContain('does not exist, has expired or was used')
    expect((await poll(terminal, begun)).code).toBe(400)
  })
  it('cannot guess codes: few are tried from one address', async () => {
    const person = fixture.browser()
    const codes: number[] = []
    await fixture.clock.atOnce(async () => {
      for (let tries = 0; tries < 30; tries += 1) {
        const { page } = await visit(fixture, person, `${fixture.url}/device`)
        codes.push((await send(fixture, person, page, { user_code: `BBBB-BBB${'BCDFGHJKLMNPQRSTVWXZ'[tries % 20]}` })).page.code)
      }
    })
    // Ten at each of the two replicas.
    expect(codes.filter((code) => code !== 429).length).toBeLessThanOrEqual(22)
    expect(codes.at(-1)).toBe(429)
  })
  it('cannot fill the store with codes', async () => {
    const terminal = fixture.browser()
    const count = async (): Promise<number> => (await fixture.api.store.list('loginstates')).entries.length
    const before = await count()
    const codes: number[] = []
    await fixture.clock.atOnce(async () => {
      for (let tries = 0; tries < 60; tries += 1) codes.push((await begin(terminal)).code)
    })
    expect(codes.at(-1)).toBe(429)
    // Two objects a code, ten codes at each replica.
    expect((await count()) - before).toBeLessThanOrEqual(2 * 22)
    // Also when the limit by address forgets: twenty live codes of one address, whatever it waits.
    for (let round = 0; round < 20; round += 1) {
      fixture.clock.skewMs += 12_000
      await begin(terminal)
      await begin(terminal)
    }
    expect((await count()) - before).toBeLessThanOrEqual(2 * 2 * 20)
  })
  it('no client without that right gets a code', async () => {
    expect((await begin(fixture.browser(), 'console')).code).toBeGreaterThanOrEqual(400)
    expect((await begin(fixture.browser(), 'nobody')).code).toBeGreaterThanOrEqual(400)
  })
})
