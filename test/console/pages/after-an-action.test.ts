import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SESSION_COOKIE } from '../../../console/session/session.ts'
import { launchChromium } from '../../../hack/browser/launch.ts'
import { startFixture, type Fixture } from '../console-fixture.ts'

describe('in Chromium, after an action', () => {
  let world: Fixture
  let chromium: Browser
  let context: BrowserContext
  let page: Page

  beforeAll(async () => {
    world = await startFixture()
    chromium = await launchChromium([world], process.env)
    context = await chromium.newContext({ baseURL: world.url })
    const value = (await world.signedIn()).cookies(world.url).get(SESSION_COOKIE) ?? ''
    await context.addCookies([{ name: SESSION_COOKIE, value, url: world.url, secure: true, httpOnly: true, sameSite: 'Lax' }])
    page = await context.newPage()
  })
  afterAll(async () => {
    await chromium.close()
    await world.close()
  })
  const focused = (): Promise<string> => page.evaluate<string>('document.activeElement.textContent')

  it('the focus is on the decision, with the next request after it, and going back offers no form', async () => {
    const [name, other] = [await world.ask(), await world.ask()]
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
