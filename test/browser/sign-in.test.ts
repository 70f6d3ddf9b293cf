import { describe, expect, it } from 'vitest'
import { signInAs } from '../../hack/browser/sign-in.ts'
import { environment } from '../cluster/environment.ts'
import { chromiumOfFile } from './chromium.ts'
import { ask } from './requests.ts'

const browser = chromiumOfFile()

describe('sign-in', () => {
  it('leads back to the page that a link named', async () => {
    const path = `/requests/${await ask()}`
    const { page, signIn } = await browser.open()
    await signIn('approver', path)
    expect(new URL(page.url()).pathname).toBe(path)
    await page.getByText('oidc:approver', { exact: true }).waitFor()
  })
  it.each(['https://evil.example.com/', '//evil.example.com', '/\\evil.example.com', '/sign-out', '/requests/../../evil', 'javascript:alert(1)'])(
    'leads to %j never',
    async (to) => {
      const { page, signIn } = await browser.open()
      await signIn('approver', `/sign-in?to=${encodeURIComponent(to)}`)
      expect(page.url()).toBe(`${(await environment()).console.url}/`)
    },
  )
  it('of nobody is refused, and a page says so', async () => {
    const { page, go } = await browser.open()
    await go('/')
    await page.getByRole('button', { name: 'Do not sign in' }).click()
    await page.getByText('did not sign you in').waitFor()
  })
  it('shows a human without rights nothing of others', async () => {
    const request = await ask()
    const { page, signIn } = await browser.open()
    await signIn('developer')
    await page.getByText('Nothing waits for you.').waitFor()
    expect(await page.content()).not.toContain(request)
  })
})

describe('sign-out', () => {
  it('ends the session in this browser, also for the back button', async () => {
    const { page, signIn } = await browser.open()
    await signIn('approver')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('link', { name: 'Sign in' }).waitFor()
    await page.goBack()
    await signInAs(page, 'second-approver')
    await page.getByText('oidc:second-approver', { exact: true }).waitFor()
  })
})
