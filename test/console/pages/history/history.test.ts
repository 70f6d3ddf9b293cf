import { afterAll, beforeAll, expect, it } from 'vitest'
import { hiddenField, type Browser } from '../../../../hack/browser/plain-browser.ts'
import { startFixture, type Fixture } from '../../console-fixture.ts'

let fixture: Fixture
let alice: Browser
let [approved, denied] = ['', '']
beforeAll(async () => {
  fixture = await startFixture({ spec: { requests: { maxPending: 100 } } })
  alice = await fixture.signedIn()
  ;[approved, denied] = [await fixture.ask(), await fixture.ask()]
  const decide = async (name: string, action: string): Promise<void> => {
    const page = await alice.open(`${fixture.url}/requests/${name}`)
    const form = { csrf: hiddenField(page, 'csrf'), seen: hiddenField(page, 'seen'), reason: '=1+1 <b>no</b>' }
    expect((await alice.post(`${fixture.url}/requests/${name}/${action}`, form)).code).toBe(200)
  }
  await decide(approved, 'approve')
  await decide(denied, 'deny')
  await fixture.ask()
})
afterAll(() => fixture.close())

const open = (query = ''): Promise<string> => alice.open(`${fixture.url}/history${query}`).then(({ text }) => text)

it('shows what was decided, by whom, why, and what became of it', async () => {
  const text = await open()
  expect(text).toContain('2 requests that you can see')
  expect(text).toContain(`href="/requests/${approved}"`)
  expect(text).toContain('by <b>oidc:alice</b>')
  expect(text).toContain('&lt;b&gt;no&lt;/b&gt;')
  expect(text).toContain('its grant is live, never used')
})
it('selects, and keeps the selection in its links', async () => {
  const text = await open('?outcome=Denied&mine=yes&requester=oidc:agent')
  expect(text).toContain('1 request that')
  expect(text).toContain(`href="/requests/${denied}"`)
  expect(text).not.toContain(`href="/requests/${approved}"`)
  expect(text).toContain('/history/download?requester=oidc%3Aagent&amp;outcome=Denied&amp;mine=yes&amp;format=csv')
  expect(await open('?requester=oidc:other')).toContain('0 requests')
  expect(await open('?policy=other')).toContain('0 requests')
})
it('downloads as CSV and JSON, not as a page', async () => {
  const csv = await alice.open(`${fixture.url}/history/download?format=csv&outcome=Denied`)
  expect(csv.headers.get('content-disposition')).toBe('attachment; filename="history.csv"')
  expect(csv.headers.get('content-type')).toContain('text/csv')
  expect(csv.text.split('\r\n').length).toBe(3)
  expect(csv.text).toContain(`"'=1+1 <b>no</b>"`)
  const json = await alice.open(`${fixture.url}/history/download?format=json`)
  const { complete, requests } = JSON.parse(json.text) as { readonly complete: boolean; readonly requests: readonly { readonly outcome: string }[] }
  expect([complete, requests.map(({ outcome }) => outcome).toSorted()]).toEqual([true, ['Approved', 'Denied']])
  expect((await alice.open(`${fixture.url}/history/download?format=html`)).code).toBe(400)
})
it('shows others nothing, and signs in who is not signed in', async () => {
  const bob = await fixture.signedIn({ username: 'oidc:bob', groups: [] })
  expect((await bob.open(`${fixture.url}/history`)).text).toContain('0 requests')
  const { code, headers } = await fixture.browser().once(`${fixture.url}/history/download?format=csv`)
  expect([code, headers.get('location')]).toEqual([303, '/sign-in?to=%2Fhistory%2Fdownload'])
})
