import { expect, it } from 'vitest'
import { approvalFaults, approvalWarnings } from '../../../../apiserver/resources/policies/approval-faults.ts'
import type { AccessPolicySpec } from '../../../../domain/api/access-policy.ts'
import { policy } from '../../../domain/builders.ts'

type Groups = NonNullable<NonNullable<AccessPolicySpec['approvals']>['groups']>
const users = (name: string, names: readonly string[], required = 1) => ({
  name,
  required,
  subjects: names.map((each) => ({ kind: 'User' as const, name: each })),
})
const group = (name: string, required = 1) => ({ name, required, subjects: [{ kind: 'Group' as const, name }] })

it.each<readonly [string, Groups, string]>([
  ['a name that appears twice', [group('a'), group('a')], 'spec.approvals.groups[1].name'],
  ['groups that need more users than a policy can require', [group('a', 6), group('b', 5)], 'spec.approvals.groups'],
  ['a group of fewer users than it needs', [group('a'), users('b', ['ann', 'Ann'], 2)], 'spec.approvals.groups[1].required'],
  ['groups that need the same user', [users('a', ['ann']), users('b', ['ann'])], 'spec.approvals.groups[1].required'],
  [
    'a ServiceAccount without a namespace',
    [{ name: 'a', subjects: [{ kind: 'ServiceAccount', name: 'x' }] }],
    'spec.approvals.groups[0].subjects[0].namespace',
  ],
  [
    'a Group with a namespace',
    [{ name: 'a', subjects: [{ kind: 'Group', name: 'x', namespace: 'y' }] }],
    'spec.approvals.groups[0].subjects[0].namespace',
  ],
])('%s is an error', (_, groups, field) => {
  expect(approvalFaults({ groups }).map((fault) => fault.field)).toEqual([field])
})

it('groups that can be satisfied are accepted', () => {
  expect(approvalFaults()).toEqual([])
  expect(approvalFaults({ groups: [users('a', ['ann', 'bob']), users('b', ['ann']), group('c', 3)] })).toEqual([])
})

const warned = (approvals: NonNullable<AccessPolicySpec['approvals']>) => approvalWarnings(policy('p', { approvals }))
it('likely errors are warnings', () => {
  expect(warned({ groups: [group('oidc:agents')] })).toEqual([expect.stringContaining('a governed user cannot approve')])
  expect(warned({ groups: [group('system:authenticated')] })).toEqual([expect.stringContaining('every user belongs')])
  expect(warned({ requiredByRisk: { Low: 2, High: 1 } })).toEqual([expect.stringMatching(/^spec\.approvals\.requiredByRisk\.High: /)])
  expect(warned({ required: 2, requiredByRisk: { High: 2 }, groups: [group('owners')] })).toEqual([])
})
