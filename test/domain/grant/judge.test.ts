import { describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { Decision } from '../../../domain/decision.ts'
import { judge, type Bond } from '../../../domain/grant/judge.ts'
import { refusalOf } from '../../../domain/grant/refusal.ts'
import { Permit } from '../../../domain/permit.ts'
import { AGENT, asked, grant, NOW } from '../builders.ts'

const SCALE = asked('PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale')
const DECISION: Decision = { effect: 'RequireGrant', policy: 'agents', rule: 'default', risk: 'Medium', shadow: false }
const DIGEST = 'a'.repeat(64)
const PLAN = 'e'.repeat(64)
const operation = { method: 'PATCH', path: '/x', digest: DIGEST, planHash: PLAN }
const bond = (digest = DIGEST, planHashes: readonly string[] | 'unplanned' = [PLAN]): Bond => ({ digest, planHashes })

const verdict = (grants: readonly AccessGrant[], options: { decision?: Decision; bond?: Bond; nowMs?: number; line?: string } = {}): string => {
  const answer = judge({
    classified: options.line === undefined ? SCALE : asked(options.line),
    identity: AGENT,
    decision: options.decision ?? DECISION,
    grants,
    nowMs: options.nowMs ?? NOW,
    ...(options.bond === undefined ? {} : { bond: options.bond }),
  })
  return answer.kind === 'allow' ? `allow ${answer.permit.grant?.name ?? '-'}` : answer.kind === 'ask' ? `ask ${answer.for}` : 'deny'
}

describe('a grant covers', () => {
  it('the request that its rule names', () => expect(verdict([grant()])).toBe('allow g1'))
  it.each([
    ['before it starts', { notBefore: '2026-11-24T12:00:01Z' }, undefined],
    ['after it expires', { expiresAt: '2026-11-24T12:00:00Z' }, undefined],
    ['with an unreadable time', { expiresAt: 'never' }, undefined],
    ['for another user', { subject: { username: 'oidc:other' } }, undefined],
    ['in another cluster', { cluster: 'east' }, undefined],
    ['once revoked', {}, { conditions: [{ type: 'Revoked', status: 'True' as const }] }],
    ['once all uses are claimed', { maxUses: 1 }, { uses: 1 }],
    [
      'in another namespace',
      { rules: [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments/scale'], namespaces: ['bank'] }] },
      undefined,
    ],
    ['in a namespace when its rule names none', { rules: [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments/scale'] }] }, undefined],
    [
      'a subresource by its resource',
      { rules: [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'] }] },
      undefined,
    ],
    [
      'when its rule names resources by a wildcard',
      { rules: [{ verbs: ['*'], apiGroups: ['apps'], resources: ['*'], namespaces: ['shop'] }] },
      undefined,
    ],
  ])('nothing %s', (_, spec, status) => expect(verdict([grant(spec, status)])).toBe('ask grant'))
  it('no request without a name when its rule names objects', () =>
    expect(verdict([grant()], { line: 'POST /apis/apps/v1/namespaces/shop/deployments' })).toBe('ask grant'))
  it('nothing while it is being deleted', () => {
    const leaving = grant()
    expect(verdict([{ ...leaving, metadata: { ...leaving.metadata, deletionTimestamp: '2026-11-24T12:00:00Z' } }])).toBe('ask grant')
  })
  it('the request with the grant that expires first', () => {
    const long = { ...grant({ expiresAt: '2026-11-24T13:00:00Z' }), metadata: { name: 'long' } }
    expect(verdict([long, grant()])).toBe('allow g1')
  })
})

describe('when several policies govern the agent', () => {
  it('a grant counts when it was approved under one of the strictest policies', () => {
    const decision: Decision = { ...DECISION, policy: 'a', alike: ['a', 'agents'], several: true }
    expect(verdict([grant()], { decision })).toBe('allow g1')
    expect(verdict([grant({ policy: 'a' })], { decision })).toBe('allow g1')
  })
  it('a grant does not count when it was approved under a less strict policy, or one that no longer governs the agent', () => {
    expect(verdict([grant({ policy: 'lax' })], { decision: { ...DECISION, alike: ['agents'], several: true } })).toBe('ask grant')
    expect(verdict([grant({ policy: 'before' })])).toBe('ask grant')
    expect(verdict([grant({ policy: 'before' })], { decision: { ...DECISION, effect: 'Allow' } })).toBe('allow -')
  })
  it('an approval of the exact operation under a less strict policy does not count', () => {
    const decision: Decision = { ...DECISION, effect: 'RequireApproval' }
    expect(verdict([grant({ operation })], { decision, bond: bond() })).toBe('allow g1')
    expect(verdict([grant({ operation, policy: 'lax' })], { decision, bond: bond() })).toBe('ask approval')
  })
})

describe('when the policy allows the request itself', () => {
  const allowed: Decision = { ...DECISION, effect: 'Allow' }
  it('a grant without limited uses elevates the request', () => expect(verdict([grant()], { decision: allowed })).toBe('allow g1'))
  it('a grant with limited uses does not apply, since no use would be claimed', () => {
    expect(verdict([grant({ maxUses: 1 })], { decision: allowed })).toBe('allow -')
  })
  it('a grant for a single operation does not apply', () => {
    expect(verdict([grant({ maxUses: 1, operation })], { decision: allowed, bond: bond() })).toBe('allow -')
  })
})

describe('a grant that is bound to an operation', () => {
  const bound = grant({ operation })
  const approval: Decision = { ...DECISION, effect: 'RequireApproval' }
  it('covers that operation', () => expect(verdict([bound], { decision: approval, bond: bond() })).toBe('allow g1'))
  it('covers no other operation', () => expect(verdict([bound], { decision: approval, bond: bond('b'.repeat(64)) })).toBe('ask approval'))
  it('covers the operation only while it would make the approved changes', () => {
    expect(verdict([bound], { decision: approval, bond: bond(DIGEST, ['f'.repeat(64)]) })).toBe('ask approval')
    expect(verdict([bound], { decision: approval, bond: bond(DIGEST, ['f'.repeat(64), PLAN]) })).toBe('allow g1')
    expect(verdict([bound], { decision: approval, bond: bond(DIGEST, []) })).toBe('ask approval')
    expect(verdict([bound], { decision: approval, bond: bond(DIGEST, 'unplanned') })).toBe('allow g1')
  })
  it('covers nothing without a plan hash', () => {
    const { planHash: _, ...without } = operation
    expect(verdict([grant({ operation: without })], { decision: approval, bond: bond() })).toBe('ask approval')
  })
  it('covers nothing when the request has no digest', () => expect(verdict([bound], { decision: approval })).toBe('ask approval'))
  it('covers a request for which the gateway asserts it, within its rules', () => {
    expect(verdict([bound], { decision: approval, bond: { grantName: 'g1' } })).toBe('allow g1')
    expect(verdict([bound], { decision: approval, bond: { grantName: 'g1' }, line: 'DELETE /api/v1/namespaces/shop' })).toBe('ask approval')
  })
  it('is required where the policy requires approval: an unbound grant does not suffice', () =>
    expect(verdict([grant()], { decision: approval, bond: bond() })).toBe('ask approval'))
})

describe('without a grant', () => {
  it('an allowed request is allowed', () => expect(verdict([], { decision: { ...DECISION, effect: 'Allow' } })).toBe('allow -'))
  it('a denied request is denied, even with a grant', () => expect(verdict([grant()], { decision: { ...DECISION, effect: 'Deny' } })).toBe('deny'))
  it('a shadow policy refuses nothing', () => expect(verdict([], { decision: { ...DECISION, effect: 'Deny', shadow: true } })).toBe('allow -'))
})

const refused = (grants: readonly AccessGrant[], decision = DECISION) => {
  const answer = judge({ classified: SCALE, identity: AGENT, decision, grants, nowMs: NOW })
  return answer.kind === 'allow' ? undefined : refusalOf(answer, SCALE, AGENT).toStatus()
}

describe('a grant that has not started', () => {
  const later = grant({ notBefore: '2026-11-24T14:00:00Z', expiresAt: '2026-11-24T14:10:00Z' })
  it('is named by the refusal with its start, instead of a command that requests the same again', () => {
    const status = refused([later])
    expect(status?.message).toContain('Your grant "g1" starts at 2026-11-24T14:00:00Z')
    expect(status?.message).not.toContain('kubectl create accessrequest')
    expect(status?.details?.causes).toContainEqual({ reason: 'NotYetValid', message: '2026-11-24T14:00:00Z', field: 'spec.notBefore' })
  })
  it('of several is the one that starts first', () => {
    const sooner = { ...grant({ notBefore: '2026-11-24T13:00:00Z', expiresAt: '2026-11-24T14:10:00Z' }), metadata: { name: 'sooner' } }
    expect(refused([later, sooner])?.message).toContain('"sooner"')
  })
  it.each([
    ['it belongs to another user', [grant({ ...later.spec, subject: { username: 'oidc:other' } })]],
    ['it covers something else', [grant({ ...later.spec, rules: [] })]],
    ['it was approved under another policy', [grant({ ...later.spec, policy: 'lax' })]],
    ['it was revoked', [grant(later.spec, { conditions: [{ type: 'Revoked', status: 'True' }] })]],
    ['it ends before it starts', [grant({ ...later.spec, expiresAt: '2026-11-24T11:00:00Z' })]],
  ])('is not named when %s', (_, grants) => expect(refused(grants)?.message).toContain('kubectl create accessrequest'))
  it('is not named where this very operation needs an approval', () =>
    expect(refused([later], { ...DECISION, effect: 'RequireApproval' })?.message).not.toContain('starts at'))
})

it('a forged permit is not sealed', () => expect(Permit.isSealed({ classified: SCALE, decision: DECISION, grant: undefined })).toBe(false))

it('a refusal names the policy and the command that resolves it', () => {
  const answer = judge({ classified: SCALE, identity: AGENT, decision: DECISION, grants: [], nowMs: NOW })
  if (answer.kind === 'allow') throw new Error('allowed')
  const command = 'kubectl create accessrequest --verb=patch --resource=deployments.apps/scale --namespace=shop --name=web'
  expect(refusalOf(answer, SCALE, AGENT).toStatus()).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `"oidc:agent" cannot patch deployments.apps/scale "web" in namespace "shop": no live grant covers it (policy "agents", rule "default"). To ask for it:\n  ${command}`,
    reason: 'Forbidden',
    details: {
      name: 'web',
      group: 'apps',
      kind: 'deployments',
      causes: [
        { reason: 'AccessPolicy', message: 'agents', field: 'policy' },
        { reason: 'AccessPolicyRule', message: 'default', field: 'rule' },
        { reason: 'AccessPolicyEffect', message: 'RequireGrant', field: 'effect' },
        { reason: 'GrantRequired', message: command, field: 'command' },
      ],
    },
    code: 403,
  })
})
