import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environment, kubectl, uniqueName } from '../cluster/environment.ts'
import { addAuthenticator } from '../console/virtual-authenticator.ts'
import { chromiumOfFile } from './chromium.ts'
import { ask, asSomebody, readRequest } from './requests.ts'

const browser = chromiumOfFile()
/** Governs the agents of one group, besides the sample policy, and requires a passkey for all that they ask for. */
const policy = uniqueName('passkeys')
const made: string[] = []

beforeAll(async () => {
  const spec = { subjects: [{ kind: 'Group', name: `oidc:${policy}` }], approvals: { passkey: { requiredFor: 'Low' } } }
  const input = JSON.stringify({ apiVersion: 'jit.access/v1', kind: 'AccessPolicy', metadata: { name: policy }, spec })
  const { code, stderr } = await kubectl('admin', ['apply', '-f', '-'], { input })
  expect([code, stderr]).toEqual([0, ''])
})
afterAll(async () => {
  for (const key of made) await kubectl('admin', ['delete', 'approverkey', key, '--ignore-not-found'])
  await kubectl('admin', ['delete', 'accesspolicy', policy])
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

    const request = await ask({ policy: 'coding-agents' }, { token: await asSomebody('agent', policy) })
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
