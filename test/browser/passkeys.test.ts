import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environment, kubectl } from '../cluster/environment.ts'
import { addAuthenticator } from '../console/virtual-authenticator.ts'
import { chromiumOfFile } from './chromium.ts'
import { ask, readRequest } from './requests.ts'

const browser = chromiumOfFile()
const POLICY = 'coding-agents'
const made: string[] = []

async function requirePasskeys(passkey: object | null): Promise<void> {
  const patch = JSON.stringify({ spec: { approvals: { passkey } } })
  const { code, stderr } = await kubectl('admin', ['patch', 'accesspolicy', POLICY, '--type=merge', '-p', patch])
  expect([code, stderr]).toEqual([0, ''])
}

beforeAll(() => requirePasskeys({ requiredFor: 'Low' }))
afterAll(async () => {
  await requirePasskeys(null)
  for (const key of made) await kubectl('admin', ['delete', 'approverkey', key, '--ignore-not-found'])
})

describe('a policy that requires passkeys', () => {
  it('an approver enrols a key in the browser, an admin confirms it with kubectl, and only then it approves', async () => {
    const { page, context, signIn } = await browser.open()
    await addAuthenticator(context, page)
    await signIn('approver', '/keys')
    await page.getByRole('button', { name: 'Add a key' }).click()
    await page.getByRole('button', { name: 'Register this key' }).click()
    const card = page.getByRole('listitem').filter({ hasText: 'Waits for confirmation' })
    const fingerprint = (await card.locator('code.fingerprint').textContent()) ?? ''
    const key = (await card.getByText(/^key-/).last().textContent()) ?? ''
    made.push(key)

    const request = await ask()
    const approve = async (): Promise<void> => {
      await page.goto(`/requests/${request}`)
      await page.getByRole('button', { name: 'Approve', exact: true }).click()
    }
    await approve()
    await page.getByText('You have no confirmed key').waitFor()

    const wrong = await kubectl('admin', ['certify', 'keys', 'confirm', key, '--fingerprint=0000'])
    expect(wrong.code).toBe(6)
    const confirmed = await kubectl('admin', ['certify', 'keys', 'confirm', key, `--fingerprint=${fingerprint}`])
    expect([confirmed.code, confirmed.stderr]).toEqual([0, ''])

    const inTerminal = await kubectl('approver', ['certify', 'approve', request])
    expect(inTerminal.code).toBe(11)
    expect(inTerminal.stderr).toContain(`open ${(await environment()).console.url}/requests/${request}`)

    await approve()
    await page.getByRole('button', { name: 'Approve with your passkey' }).click()
    await page.getByText('Approved', { exact: true }).first().waitFor()
    expect((await readRequest(request)).status?.reviews).toMatchObject([{ reviewer: { username: 'oidc:approver' }, passkey: { key, fingerprint } }])
  })
  it.each([
    ['approver', 'no'],
    ['admin', 'yes'],
  ] as const)('whether the %s may confirm keys: %s', async (who, answer) => {
    const asked = await kubectl(who, ['auth', 'can-i', 'update', 'approverkeys', '--subresource=confirmation'])
    expect(asked.stdout.trim()).toBe(answer)
  })
})
