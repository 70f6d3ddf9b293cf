import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ApproverKey } from '../../domain/api/passkeys/approver-key.ts'
import { kubectl } from '../cluster/environment.ts'
import { addAuthenticator } from '../console/virtual-authenticator.ts'
import { until } from '../until.ts'
import { chromiumOfFile, type Window } from './chromium.ts'
import { exists, holdDelete, readRequest } from './requests.ts'

/** The whole chain with a passkey: virtual authenticator, browser, console, kube-apiserver, apiserver, gateway, and a kubectl that waits. */
const browser = chromiumOfFile()
const KEYS = '/apis/jit.access/v1/approverkeys'

async function admin(args: readonly string[], input = ''): Promise<string> {
  const ran = await kubectl('admin', args, { input })
  if (ran.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${ran.stderr}`)
  return ran.stdout
}
const require = (passkey: object | null): Promise<string> =>
  admin(['patch', 'accesspolicy', 'coding-agents', '--type=merge', '-p', JSON.stringify({ spec: { approvals: { passkey } } })])
beforeAll(() => require({ requiredFor: 'High' }))
afterAll(() => require(null))

/** Registers a key of the approver, which the admin confirms. */
async function register({ page, go }: Window): Promise<string> {
  await go('/keys')
  await page.getByLabel('What you call it (optional)').fill('laptop')
  await page.getByRole('button', { name: 'Add a key' }).click()
  await page.getByRole('button', { name: 'Register this key' }).click()
  await page.getByText('Waits for confirmation').waitFor()
  const { items } = JSON.parse(await admin(['get', 'approverkeys', '-o', 'json'])) as { readonly items: readonly ApproverKey[] }
  const key = items.find(({ status }) => status?.phase === 'Unconfirmed')
  if (key === undefined) throw new Error('no key waits for confirmation')
  const confirmed = { ...key, status: { ...key.status, conditions: [{ type: 'Confirmed', status: 'True' }] } }
  await admin(['replace', '--raw', `${KEYS}/${key.metadata.name}/confirmation`, '-f', '-'], JSON.stringify(confirmed))
  return key.metadata.name
}

it('an approval that needs a passkey is made with one in the browser, and not in a terminal without', async () => {
  const window = await browser.open()
  const { page, context, go, signIn } = window
  await addAuthenticator(context, page)
  await signIn('approver')
  const key = await register(window)
  const { request, name, kubectl: deleting } = await holdDelete()
  const terminal = await kubectl('approver', ['certify', 'approve', request])
  expect([terminal.code, terminal.stderr]).toEqual([expect.any(Number), expect.stringContaining('passkey')])
  expect(terminal.code).not.toBe(0)
  await go(`/requests/${request}`)
  await page.getByRole('button', { name: 'Approve', exact: true }).click()
  await page.getByRole('button', { name: 'Approve with your passkey' }).click()
  await until('the request is approved', async () => (await readRequest(request)).status?.phase === 'Approved')
  expect((await deleting.ended).code).toBe(0)
  expect(await exists(name)).toBe(false)
  expect((await readRequest(request)).status?.reviews).toMatchObject([{ reviewer: { username: 'oidc:approver' }, passkey: { key } }])
})
