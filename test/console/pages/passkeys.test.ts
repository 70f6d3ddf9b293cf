import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'
import { SESSION_COOKIE } from '../../../console/session/session.ts'
import { launchChromium } from '../../../hack/browser/launch.ts'
import { hiddenField } from '../../../hack/browser/plain-browser.ts'
import { addAuthenticator, type VirtualAuthenticator } from '../virtual-authenticator.ts'
import { ADMIN, AGENT, ALICE, startFixture, type Fixture } from '../console-fixture.ts'

const PASSKEY = { approvals: { passkey: { requiredFor: 'Low' } } } as const

let fixture: Fixture
beforeAll(async () => void (fixture = await startFixture({ spec: PASSKEY })))
afterAll(() => fixture.close())

const stored = async (name: string): Promise<AccessRequest> =>
  (await fixture.api.send(AGENT, `GET accessrequests/${name}`)).body as unknown as AccessRequest
const keys = async (): Promise<readonly ApproverKey[]> =>
  ((await fixture.api.send(ADMIN, 'GET approverkeys')).body as unknown as { readonly items: readonly ApproverKey[] }).items

/** What an admin does with kubectl certify keys confirm. */
async function confirmAll(): Promise<void> {
  for (const key of await keys()) {
    const body = { ...key, status: { ...key.status, conditions: [{ type: 'Confirmed', status: 'True' }] } }
    const { code, text } = await fixture.api.send(ADMIN, `PUT approverkeys/${key.metadata.name}/confirmation`, { body })
    if (code !== 200) throw new Error(text)
  }
}

describe('without JavaScript', () => {
  it('an approval that needs a passkey says so, and approves nothing', async () => {
    const name = await fixture.ask({ durationSeconds: 3600 })
    const alice = await fixture.signedIn()
    const shown = await alice.open(`${fixture.url}/requests/${name}`)
    const form = { csrf: hiddenField(shown, 'csrf'), seen: hiddenField(shown, 'seen'), duration: '300', reason: 'seen' }
    const none = await alice.post(`${fixture.url}/requests/${name}/approve`, form)
    expect([none.code, none.text.includes('You have no confirmed key')]).toEqual([403, true])
    expect((await stored(name)).status?.phase).toBe('Pending')
  })
  it('the page of a new key says that it needs JavaScript', async () => {
    const alice = await fixture.signedIn()
    const list = await alice.open(`${fixture.url}/keys`)
    const made = await alice.post(`${fixture.url}/keys`, { csrf: hiddenField(list, 'csrf'), label: '<b>mine</b>' })
    expect(new URL(made.url).pathname).toMatch(/^\/keys\/key-/)
    expect(made.text).toContain('A passkey needs JavaScript')
    expect((await alice.open(`${fixture.url}/keys`)).text).toContain('&lt;b&gt;mine&lt;/b&gt;')
  })
  it.each(['not json', '{}', '{"id":1}', '{"id":"a","response":{}}', 'null', '[]'])('a response that is %s does nothing', async (response) => {
    const alice = await fixture.signedIn()
    const csrf = hiddenField(await alice.open(`${fixture.url}/keys`), 'csrf')
    const made = await alice.post(`${fixture.url}/keys`, { csrf })
    const { pathname } = new URL(made.url)
    expect((await alice.post(`${fixture.url}${pathname}/register`, { csrf, response })).code).toBe(422)
    const name = await fixture.ask()
    const seen = hiddenField(await alice.open(`${fixture.url}/requests/${name}`), 'seen')
    expect([403, 422]).toContain((await alice.post(`${fixture.url}/requests/${name}/approve`, { csrf, seen, response })).code)
    expect((await stored(name)).status?.phase).toBe('Pending')
  })
  it('a form of another site adds and removes no key', async () => {
    const alice = await fixture.signedIn()
    const csrf = hiddenField(await alice.open(`${fixture.url}/keys`), 'csrf')
    const before = (await keys()).length
    for (const form of [{ csrf: 'x' }, {}]) expect((await alice.post(`${fixture.url}/keys`, form)).code).toBe(403)
    expect((await alice.post(`${fixture.url}/keys`, { csrf }, { origin: 'https://evil.example' })).code).toBe(403)
    expect(await keys()).toHaveLength(before)
  })
})

describe('in Chromium', () => {
  let chromium: Browser
  let context: BrowserContext
  let page: Page
  let authenticator: VirtualAuthenticator
  const errors: string[] = []

  beforeAll(async () => {
    chromium = await launchChromium([fixture], process.env)
    context = await chromium.newContext({ baseURL: fixture.url })
    const session = (await fixture.signedIn(ALICE)).cookies(fixture.url).get(SESSION_COOKIE) ?? ''
    await context.addCookies([{ name: SESSION_COOKIE, value: session, url: fixture.url, secure: true, httpOnly: true, sameSite: 'Lax' }])
    page = await context.newPage()
    page.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())))
    page.on('pageerror', (error) => void errors.push(error.message))
    authenticator = await addAuthenticator(context, page)
  })
  afterAll(() => chromium.close())

  const openApproval = async (name: string): Promise<void> => {
    await page.goto(`/requests/${name}`)
    await page.getByRole('button', { name: 'Approve', exact: true }).click()
    await page.getByRole('heading', { name: 'Approve with your passkey' }).waitFor()
  }
  const sign = (): Promise<void> => page.getByRole('button', { name: 'Approve with your passkey' }).click()

  it('a user registers a key, whose fingerprint the page shows, and which does not count yet', async () => {
    await page.goto('/keys')
    await page.getByLabel('What you call it (optional)').fill('laptop')
    await page.getByRole('button', { name: 'Add a key' }).click()
    await page.getByRole('button', { name: 'Register this key' }).click()
    await page.getByText('Waits for confirmation').waitFor()
    const registered = (await keys()).find(({ spec }) => spec.label === 'laptop')
    expect(registered?.status).toMatchObject({ phase: 'Unconfirmed', rpID: 'localhost' })
    expect(await page.locator('code.fingerprint').textContent()).toBe(registered?.status?.fingerprint)
    const name = await fixture.ask()
    await page.goto(`/requests/${name}`)
    await page.getByRole('button', { name: 'Approve', exact: true }).click()
    await page.getByText('You have no confirmed key').waitFor()
  })
  it('no second key of the same authenticator', async () => {
    await page.goto('/keys')
    await page.getByRole('button', { name: 'Add a key' }).click()
    await page.getByRole('button', { name: 'Register this key' }).click()
    await page.getByText('This authenticator has a key of yours already.').waitFor()
    await page.goto('/keys')
    await page.getByRole('listitem').filter({ hasText: 'Not registered yet' }).getByRole('button').click()
    await page.getByText('Waits for confirmation').waitFor()
    await expect.poll(async () => (await keys()).map(({ spec }) => spec.label)).toEqual(['laptop'])
  })
  it('approves with it what the page shows, narrowed', async () => {
    await confirmAll()
    const name = await fixture.ask({ durationSeconds: 3600, maxUses: 5 })
    await page.goto(`/requests/${name}`)
    await page.getByLabel('Time').selectOption('300')
    await page.getByLabel('Uses').fill('2')
    await page.locator('#approve-reason').fill('seen in the runbook')
    await page.getByRole('button', { name: 'Approve', exact: true }).click()
    await page.getByText('5m, 2 uses').waitFor()
    await sign()
    await page.waitForURL(`**/requests/${name}#decisions`)
    const { status } = await stored(name)
    expect(status?.phase).toBe('Approved')
    expect(status?.narrowed).toEqual({ durationSeconds: 300, maxUses: 2 })
    expect(status?.reviews?.[0]).toMatchObject({ message: 'seen in the runbook', passkey: { key: (await keys())[0]?.metadata.name } })
    await page.getByText('with a passkey').waitFor()
  })
  it('not without verification of the user; the page says why, and lets them try again', async () => {
    const name = await fixture.ask()
    await openApproval(name)
    await authenticator.verify(false)
    await sign()
    await page.getByRole('alert').filter({ hasText: 'The key was not used' }).waitFor()
    expect((await stored(name)).status?.phase).toBe('Pending')
    await authenticator.verify(true)
    await sign()
    await page.waitForURL(`**/requests/${name}#decisions`)
    expect((await stored(name)).status?.phase).toBe('Approved')
  })
  it('not what changed meanwhile, and not with fields that were changed after the page', async () => {
    const name = await fixture.ask({ durationSeconds: 3600 })
    await openApproval(name)
    await page.locator('input[name=duration]').evaluate((input) => void ((input as { value?: string }).value = '1800'))
    await sign()
    await page.getByText('its challenge is for something else').waitFor()
    expect((await stored(name)).status?.phase).toBe('Pending')
  })
  it('the browser found nothing wrong with the pages', () => expect(errors.filter((text) => !text.includes('status of 403'))).toEqual([]))
})
