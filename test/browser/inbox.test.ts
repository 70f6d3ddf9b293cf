import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { chromiumOfFile } from './chromium.ts'
import { ask, readRequest } from './requests.ts'

const browser = chromiumOfFile()

it('a request appears in an open inbox, and goes when it is decided elsewhere', async () => {
  const { page, tab, signIn } = await browser.open()
  await signIn('approver')
  const request = await ask()
  const link = page.locator(`a[href="/requests/${request}"]`)
  await link.waitFor()
  const other = await tab()
  await other.goto(`/requests/${request}`)
  await other.getByRole('button', { name: 'Approve', exact: true }).click()
  await link.waitFor({ state: 'detached' })
})

const MAX_STEPS = 60
/** Presses Tab until an element has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, words: string): Promise<void> {
  for (let step = 0; step < MAX_STEPS; step += 1) {
    await page.keyboard.press('Tab')
    if ((await page.evaluate<string>('document.activeElement.textContent.trim()')) === words) return
  }
  throw new Error(`Tab does not lead to ${words}`)
}

it('a request is approved by keyboard alone', async () => {
  const request = await ask()
  const { page, signIn } = await browser.open()
  await signIn('approver', `/requests/${request}`)
  await tabTo(page, 'Skip to the content')
  await page.keyboard.press('Enter')
  expect(await page.evaluate('document.activeElement.id')).toBe('main')
  await tabTo(page, 'Approve')
  await page.keyboard.press('Enter')
  await page.getByText('Approved', { exact: true }).first().waitFor()
  expect((await readRequest(request)).status?.reviews).toMatchObject([{ decision: 'Approved' }])
})
