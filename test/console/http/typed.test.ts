import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hiddenField, type Browser, type Form } from '../../../hack/browser/plain-browser.ts'
import { startFixture, type Fixture } from '../console-fixture.ts'

let fixture: Fixture
beforeAll(async () => void (fixture = await startFixture()))
afterAll(() => fixture.close())

const REASON = 'seen in the runbook </textarea><b>"&'
const ESCAPED = 'seen in the runbook &lt;/textarea&gt;&lt;b&gt;&quot;&amp;'
const path = (name: string): string => `${fixture.url}/requests/${name}`

async function formOf(browser: Browser, name: string): Promise<Form> {
  const shown = await browser.open(path(name))
  return { csrf: hiddenField(shown, 'csrf'), seen: hiddenField(shown, 'seen'), reason: REASON }
}
const own = (): { readonly [name: string]: string } => ({ origin: fixture.url, 'sec-fetch-site': 'same-origin' })

describe('what somebody typed into a form that did nothing', () => {
  it('is on the page that says that the session has ended', async () => {
    const name = await fixture.ask()
    const alice = await fixture.signedIn()
    const form = await formOf(alice, name)
    alice.cookies(fixture.url).clear()
    const page = await alice.send(`${path(name)}/deny`, form, own())
    expect([page.code, page.text.includes(ESCAPED), page.text.includes(REASON)]).toEqual([401, true, false])
  })
  it('is on that page if it was the YAML of a request to try', async () => {
    const page = await fixture.browser().send(`${fixture.url}/policies/any/try`, { yaml: REASON }, own())
    expect([page.code, page.text.includes(ESCAPED)]).toEqual([401, true])
  })
  it('is on the page that says that the request has changed', async () => {
    const name = await fixture.ask()
    const alice = await fixture.signedIn()
    const page = await alice.send(`${path(name)}/deny`, { ...(await formOf(alice, name)), seen: 'before' }, own())
    expect([page.code, page.text.includes(ESCAPED)]).toEqual([409, true])
  })
  it.each([
    ['another site', { origin: 'https://evil.example.com', 'sec-fetch-site': 'cross-site' }],
    ['another host of the same site', { origin: 'https://other.localhost', 'sec-fetch-site': 'same-site' }],
    ['nowhere', {}],
  ])('is not repeated when the form comes from %s', async (_from, headers: { readonly [name: string]: string }) => {
    const page = await fixture.browser().send(`${path('any')}/deny`, { reason: REASON }, headers)
    expect([page.code, page.text.includes('seen in the runbook')]).toEqual([401, false])
  })
})
