import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SESSION_COOKIE } from '../../../console/session/session.ts'
import { launchChromium } from '../../../hack/browser/launch.ts'
import { startFixture, type Fixture } from '../console-fixture.ts'

describe('in Chromium, after an action', () => {
  let fixture: Fixture
  let chromium: Browser
  let context: BrowserContext
  let page: Page

  beforeAll(async () => {
    fixture = await startFixture()
    chromium = await launchChromium([fixture], process.env)
    context = await chromium.newContext({ baseURL: fixture.url })
    const value = (await fixture.signedIn()).cookies(fixture.url).get(SESSION_COOKIE) ?? ''
    await context.addCookies([{ name: SESSION_COOKIE, value, url: fixture.url, secure: true, httpOnly: true, sameSite: 'Lax' }])
    page = await context.newPage()
  })
  afterAll(async () => {
    await chromium.close()
    await fixture.close()
  })
  const focused = (): Promise<string> => page.evaluate<string>('document.activeElement.textContent')

  it('the focus is on the decision, with the next request after it, and going back offers no form', async () => {
    const [name, other] = [await fixture.ask(), await fixture.ask()]
    await page.goto(`/requests/${name}`)
    await page.getByRole('button', { name: 'Approve', exact: true }).click()
    await page.getByText('Decisions so far').waitFor()
    expect(await focused()).toContain('Approved by oidc:alice')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Next in the inbox')
    await page.goBack()
    await page.getByText('Decisions so far').waitFor()
    expect(await page.getByRole('button', { name: 'Approve', exact: true }).count()).toBe(0)
    await page.goto(`/next?after=${name}`)
    expect(new URL(page.url()).pathname).toBe(`/requests/${other}`)
  })
  it('the focus is on what became of a revoked grant', async () => {
    await page.goto('/grants')
    await page.getByLabel('Reason (optional)').fill('wrong pod')
    await page.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('status').waitFor()
    expect(await focused()).toMatch(/^Grant \S+ was revoked by oidc:alice: wrong pod\.$/)
  })
})
