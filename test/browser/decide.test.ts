import { describe, expect, it } from 'vitest'
import { requestPhase } from '../../domain/api/access-request.ts'
import { signInAs } from '../../hack/browser/sign-in.ts'
import { SESSION_COOKIE } from '../../console/session/session.ts'
import { chromiumOfFile } from './chromium.ts'
import { ask, exists, holdDelete, readRequest } from './requests.ts'

const browser = chromiumOfFile()
const pageOf = (request: string): string => `/requests/${request}`
const phaseOf = async (request: string): Promise<string> => requestPhase((await readRequest(request)).status, Date.now())

describe('a human decides in the browser while kubectl waits', () => {
  it('approves: kubectl goes on, and the Deployment is gone', async () => {
    const { request, name, kubectl } = await holdDelete()
    const { page, signIn } = await browser.open()
    await signIn('approver')
    await page.locator(`a[href="${pageOf(request)}"]`).click()
    expect(await page.getByRole('region', { name: 'Difference' }).textContent()).toContain(`name: ${name}`)
    expect(await exists(name)).toBe(true)
    await page.getByRole('button', { name: 'Approve', exact: true }).click()
    await page.getByText('Approved', { exact: true }).first().waitFor()
    expect((await kubectl.ended).code).toBe(0)
    expect(await exists(name)).toBe(false)
    expect((await readRequest(request)).status?.reviews).toMatchObject([{ decision: 'Approved', reviewer: { username: 'oidc:approver' } }])
  })
  it('denies: the reason shows in the terminal of the agent, and nothing is deleted', async () => {
    const { request, name, kubectl } = await holdDelete()
    const { page, signIn } = await browser.open()
    await signIn('approver', pageOf(request))
    const deny = page.getByRole('button', { name: 'Deny', exact: true })
    await deny.click() // the browser asks for the reason first
    expect(await phaseOf(request)).toBe('Pending')
    await page.getByLabel('Reason, which the agent receives').fill('it still serves “customers” <b>today</b>')
    await deny.click()
    await page.getByText('Denied', { exact: true }).first().waitFor()
    const { code, stderr } = await kubectl.ended
    expect(code).toBe(1)
    expect(stderr).toContain('it still serves “customers” <b>today</b>')
    expect(await exists(name)).toBe(true)
  })
  it('approves without JavaScript', async () => {
    const { request, kubectl } = await holdDelete()
    const { page, signIn } = await browser.open({ javaScriptEnabled: false })
    await signIn('approver', pageOf(request))
    await page.getByRole('button', { name: 'Approve', exact: true }).click()
    await page.getByText('Approved', { exact: true }).first().waitFor()
    expect((await kubectl.ended).code).toBe(0)
  })
})

describe('a decision that comes too late', () => {
  it('decides nothing after the session has ended, and sign-in leads back to the request', async () => {
    const request = await ask()
    const { page, context, signIn } = await browser.open()
    await signIn('approver', pageOf(request))
    await context.clearCookies({ name: SESSION_COOKIE }) // what the browser does when its time is over
    await page.getByRole('button', { name: 'Approve', exact: true }).click()
    await page.getByText('Nothing was done: your session has ended').waitFor()
    expect(await phaseOf(request)).toBe('Pending')
    await page.getByRole('link', { name: 'Sign in' }).click()
    await signInAs(page, 'approver')
    expect(new URL(page.url()).pathname).toBe(pageOf(request))
    expect(await phaseOf(request)).toBe('Pending')
    await page.getByRole('button', { name: 'Approve', exact: true }).click()
    await page.getByText('Approved', { exact: true }).first().waitFor()
    expect(await phaseOf(request)).toBe('Approved')
  })
  it('in a second tab says that the request is decided', async () => {
    const request = await ask()
    const { page, tab, signIn } = await browser.open()
    await signIn('approver', pageOf(request))
    const second = await tab()
    await second.goto(pageOf(request))
    await page.getByLabel('Reason, which the agent receives').fill('not now')
    await page.getByRole('button', { name: 'Deny', exact: true }).click()
    await page.getByText('Denied', { exact: true }).first().waitFor()
    await second.getByRole('button', { name: 'Approve', exact: true }).click()
    await second.getByText('it is denied and can no longer be decided').waitFor()
    expect(await phaseOf(request)).toBe('Denied')
  })
  it('is not offered by the back button', async () => {
    const request = await ask()
    const { page, signIn } = await browser.open()
    await signIn('approver', pageOf(request))
    await page.getByRole('button', { name: 'Approve', exact: true }).click()
    await page.getByText('Approved', { exact: true }).first().waitFor()
    await page.goBack()
    expect(await page.getByRole('button', { name: 'Approve', exact: true }).count()).toBe(0)
    expect((await readRequest(request)).status?.reviews).toHaveLength(1)
  })
})
