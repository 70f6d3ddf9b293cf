import { expect, it } from 'vitest'
import { reviewRequest } from '../../../apiserver/resources/approval.ts'
import type { JsonObject, Store } from '../../../apiserver/storage/port.ts'
import type { AccessRequest, AccessRequestStatus } from '../../../domain/access-request.ts'
import { policy } from '../../domain/words.ts'

const nowMs = Date.parse('2026-11-25T12:00:00Z')
const two = policy('coding-agents')
const quorum = { ...two, spec: { ...two.spec, approvals: { required: 2 } } }
const entry = { resource: 'accesspolicies', name: 'coding-agents', version: 1, value: quorum as unknown as JsonObject }
const doors = { store: { get: () => Promise.resolve(entry) } as unknown as Store, authorizer: { allowed: () => Promise.resolve(true) } }

const asked: AccessRequest = {
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name: 'ask', uid: 'u' },
  spec: {
    requester: { username: 'agent' },
    policy: 'coding-agents',
    durationSeconds: 600,
    rules: [{ verbs: ['get', 'patch'], resources: ['pods'], namespaces: ['shop'] }],
  },
  status: { expiresAt: '2026-11-25T12:30:00Z' },
}
const approve = async (old: AccessRequest, username: string, narrowed?: NonNullable<AccessRequestStatus['narrowed']>) => {
  const conditions = [{ type: 'Approved', status: 'True' }] as const
  const next = { ...old, status: { ...old.status, conditions, ...(narrowed === undefined ? {} : { narrowed }) } }
  const user = { username, uid: '', groups: [], extra: {} }
  return await reviewRequest({ next, old, context: { user, nowMs, dryRun: false } }, doors)
}
const less = { durationSeconds: 60, rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'] }] }

it('what one approver cut, the next does not give back by approving as it is', async () => {
  const first = await approve(asked, 'one', less)
  expect(first.grant).toBeUndefined()
  const { grant } = await approve(first.request, 'two')
  expect(grant?.spec).toMatchObject({ rules: less.rules, expiresAt: '2026-11-25T12:01:00.000Z' })
})

it('what several approvers cut comes together', async () => {
  const first = await approve(asked, 'one', less)
  const { grant } = await approve(first.request, 'two', { maxUses: 1 })
  expect(grant?.spec).toMatchObject({ rules: less.rules, maxUses: 1, expiresAt: '2026-11-25T12:01:00.000Z' })
})

it.each([
  ['time', { durationSeconds: 600 }],
  ['rules', { rules: asked.spec.rules ?? [] }],
])('an approver who gives more %s than an earlier one is refused, though it was asked for', async (_, narrowed) => {
  const first = await approve(asked, 'one', less)
  await expect(approve(first.request, 'two', narrowed)).rejects.toMatchObject({ reason: 'Invalid' })
})

it.each([
  ['jit.access:serviceaccount:agents:bot', 'system:serviceaccount:agents:bot'],
  ['system:serviceaccount:agents:bot', 'jit.access:serviceaccount:agents:bot'],
  ['oidc:agent', 'OIDC:Agent'],
])('%s is known again as %s, and approves nothing of its own', async (username, other) => {
  const own = { ...asked, spec: { ...asked.spec, requester: { username } } }
  await expect(approve(own, other)).rejects.toMatchObject({ reason: 'Forbidden', message: expect.stringContaining('a request of their own') })
  await expect(approve(own, `${other}2`)).resolves.toBeDefined()
})
