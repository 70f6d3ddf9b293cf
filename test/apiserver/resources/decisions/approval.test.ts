import { describe, expect, it } from 'vitest'
import { reviewRequest, type ReviewDependencies } from '../../../../apiserver/resources/decisions/approval.ts'
import type { JsonObject, Store } from '../../../../apiserver/storage/port.ts'
import type { AccessPolicy } from '../../../../domain/api/access-policy.ts'
import type { AccessRequest, AccessRequestStatus } from '../../../../domain/api/access-request.ts'
import { createConditionEvaluator } from '../../../../server/conditions/cel.ts'
import type { Authorizer } from '../../../../kube/subject-access-review.ts'
import { policy } from '../../../domain/builders.ts'

const nowMs = Date.parse('2026-11-25T12:00:00Z')
const storeOf = (policies: readonly AccessPolicy[]): Store => {
  const entries = policies.map((each) => ({ resource: 'accesspolicies', name: each.metadata.name, version: 1, value: each as unknown as JsonObject }))
  return { list: (resource: string) => Promise.resolve({ entries: resource === 'accesspolicies' ? entries : [], version: 1 }) } as unknown as Store
}
const everybody: Authorizer = { allowed: () => Promise.resolve(true) }
/** Policies under which each user may certify. */
const certifiers = (who: { readonly [policy: string]: readonly string[] }): Authorizer => ({
  allowed: (user, attributes) =>
    Promise.resolve(attributes.verb !== 'certify' || ('name' in attributes && who[attributes.name ?? '']?.includes(user.username) === true)),
})
/** RBAC that allows approvers to certify and agents nothing. */
const certifiesAlone: Authorizer = { allowed: (_, { verb }) => Promise.resolve(verb === 'certify') }
const dependenciesOf = (policies: readonly AccessPolicy[], authorizer = everybody): ReviewDependencies => ({
  store: storeOf(policies),
  authorizer,
  evaluate: createConditionEvaluator(),
})
const subjects = [{ kind: 'User', name: 'agent' }] as const
const deps = dependenciesOf([policy('coding-agents', { subjects, approvals: { required: 2 } })])

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
type Narrowed = NonNullable<AccessRequestStatus['narrowed']>
type By = {
  readonly username: string
  readonly narrowed?: Narrowed | undefined
  readonly at?: ReviewDependencies
  readonly type?: 'Approved' | 'Denied'
}

const review = async (old: AccessRequest, { username, narrowed, at = deps, type = 'Approved' }: By) => {
  const conditions = [{ type, status: 'True' }] as const
  const next = { ...old, status: { ...old.status, conditions, ...(narrowed === undefined ? {} : { narrowed }) } }
  const user = { username, uid: '', groups: [], extra: {} }
  return await reviewRequest({ next, old, context: { user, nowMs, dryRun: false, auditID: 'a' } }, at)
}
const approve = (old: AccessRequest, username: string, narrowed?: Narrowed) => review(old, { username, narrowed })
const less = { durationSeconds: 60, rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'] }] }

it('an approval without narrowing keeps the narrowing of an earlier approver', async () => {
  const first = await approve(asked, 'one', less)
  expect(first.grant).toBeUndefined()
  const { grant } = await approve(first.request, 'two')
  expect(grant?.spec).toMatchObject({ rules: less.rules, expiresAt: '2026-11-25T12:01:00.000Z' })
})

it('narrowings of several approvers are combined', async () => {
  const first = await approve(asked, 'one', less)
  const { grant } = await approve(first.request, 'two', { maxUses: 1 })
  expect(grant?.spec).toMatchObject({ rules: less.rules, maxUses: 1, expiresAt: '2026-11-25T12:01:00.000Z' })
})

it.each([
  ['time', { durationSeconds: 600 }],
  ['rules', { rules: asked.spec.rules ?? [] }],
])('an approver cannot give more %s than an earlier one left, even if it was requested', async (_, narrowed) => {
  const first = await approve(asked, 'one', less)
  await expect(approve(first.request, 'two', narrowed)).rejects.toMatchObject({ reason: 'Invalid' })
})

it.each([
  ['jit.access:serviceaccount:agents:bot', 'system:serviceaccount:agents:bot'],
  ['system:serviceaccount:agents:bot', 'jit.access:serviceaccount:agents:bot'],
  ['oidc:agent', 'OIDC:Agent'],
])('%s is recognized as %s and cannot approve its own requests', async (username, other) => {
  const own = { ...asked, spec: { ...asked.spec, requester: { username } } }
  const at = dependenciesOf([policy('coding-agents', { subjects: [{ kind: 'User', name: username }] })])
  await expect(review(own, { username: other, at })).rejects.toMatchObject({
    reason: 'Forbidden',
    message: expect.stringContaining('a request of their own'),
  })
  await expect(review(own, { username: `${other}2`, at })).resolves.toBeDefined()
})

describe('with several policies', () => {
  const strict = policy('a-strict', { subjects, approvals: { required: 2 }, requests: { maxDurationSeconds: 900, maxUses: 5 } })
  const lax = policy('coding-agents', { subjects })
  const both = dependenciesOf([strict, lax])
  const counted = { ...asked, spec: { ...asked.spec, maxUses: 5 } }

  it('the largest quorum applies, even if the request names a policy with a smaller one', async () => {
    const first = await review(counted, { username: 'one', at: both })
    expect(first.grant).toBeUndefined()
    expect(first.request.status).toMatchObject({ requiredApprovals: 2, policies: ['a-strict', 'coding-agents'] })
    expect((await review(first.request, { username: 'two', at: both })).grant).toBeDefined()
  })

  it('an approver must be able to certify under each of them, a denier under one', async () => {
    const at = dependenciesOf([strict, lax], certifiers({ 'a-strict': ['both', 'strict'], 'coding-agents': ['both', 'lax'] }))
    const stored = { ...counted, status: { ...counted.status, policies: ['a-strict', 'coding-agents'] } }
    for (const username of ['strict', 'lax', 'nobody']) await expect(review(stored, { username, at })).rejects.toMatchObject({ reason: 'Forbidden' })
    await expect(review(stored, { username: 'both', at })).resolves.toBeDefined()
    for (const username of ['strict', 'lax']) await expect(review(stored, { username, at, type: 'Denied' })).resolves.toBeDefined()
    await expect(review(stored, { username: 'nobody', at, type: 'Denied' })).rejects.toMatchObject({ reason: 'Forbidden' })
  })

  it('a request created under laxer limits is only approved if it is narrowed to the current ones', async () => {
    const long = { ...asked, spec: { ...asked.spec, durationSeconds: 3600 } }
    await expect(review(long, { username: 'one', at: both })).rejects.toMatchObject({
      reason: 'Invalid',
      details: { causes: [{ field: 'spec.durationSeconds' }, { field: 'spec.maxUses' }] },
    })
    const narrowed = { durationSeconds: 900, maxUses: 1 }
    await expect(review(long, { username: 'one', narrowed, at: both })).resolves.toBeDefined()
  })

  it.each<readonly [string, AccessPolicy['spec']['requests']]>([
    ['a reason', { reason: { required: true } }],
    ['a reason that matches a pattern', { reason: { pattern: 'because .*' } }],
    ['a ticket', { ticketPattern: '[A-Z]+-[0-9]+' }],
    ['an earlier decision', { pendingTTLSeconds: 60 }],
  ])('a policy that now requires %s applies', async (_, requests) => {
    const old = { ...asked, metadata: { ...asked.metadata, creationTimestamp: '2026-11-25T11:58:00Z' }, spec: { ...asked.spec, reason: 'x' } }
    const given = requests?.reason?.required === true ? { ...old, spec: { ...old.spec, reason: '' } } : old
    await expect(review(given, { username: 'one', at: dependenciesOf([lax]) })).resolves.toBeDefined()
    const at = dependenciesOf([lax, policy('b', { subjects, requests: requests ?? {} })])
    await expect(review(given, { username: 'one', at })).rejects.toMatchObject({ reason: 'Invalid' })
    await expect(review(given, { username: 'one', at, type: 'Denied' })).resolves.toBeDefined()
  })

  it('a Shadow policy sets no limit next to an enforcing one', async () => {
    const at = dependenciesOf([{ ...strict, spec: { ...strict.spec, mode: 'Shadow' } }, lax])
    expect((await review(asked, { username: 'one', at })).grant).toBeDefined()
  })
})

it('a request whose policy no longer governs its requester can only be denied', async () => {
  for (const at of [dependenciesOf([]), dependenciesOf([policy('others', { subjects })]), dependenciesOf([policy('coding-agents')])]) {
    await expect(review(asked, { username: 'one', at })).rejects.toMatchObject({ reason: 'Forbidden' })
    await expect(review(asked, { username: 'one', at, type: 'Denied' })).resolves.toBeDefined()
  }
})

describe('a request that can no longer have an effect', () => {
  const only = (deny: object) => policy('coding-agents', { subjects, rules: [{ name: 'no', effect: 'Deny', match: deny }] })
  const open = policy('coding-agents', { subjects })
  const reveals: AccessRequest = { ...asked, spec: { ...asked.spec, rules: [], reveal: [{ namespace: 'shop', secret: 'db', keys: ['password'] }] } }

  it.each<readonly [string, AccessRequest, ReviewDependencies, string]>([
    ['a policy now denies its rules', asked, dependenciesOf([only({ resources: ['pods'] })]), 'spec.rules[0]'],
    ['RBAC only allows reads', asked, dependenciesOf([open], certifiesAlone), 'spec.rules[0]'],
    ['a policy now denies its Secret', reveals, dependenciesOf([only({ resources: ['secrets'] })]), 'spec.reveal[0]'],
    ['RBAC does not let its agents read Secrets', reveals, dependenciesOf([open], certifiesAlone), 'spec.reveal[0]'],
  ])('cannot be approved but can be denied if %s', async (_, old, at, field) => {
    await expect(review(old, { username: 'one', at: dependenciesOf([open]) })).resolves.toBeDefined()
    const causes = expect.arrayContaining([expect.objectContaining({ field })])
    await expect(review(old, { username: 'one', at })).rejects.toMatchObject({ reason: 'Invalid', code: 422, details: { causes } })
    await expect(review(old, { username: 'one', at, type: 'Denied' })).resolves.toBeDefined()
  })
})
