import { describe, expect, it } from 'vitest'
import { policyFaults } from '../../../../apiserver/resources/policies/policy-faults.ts'
import type { Subject } from '../../../../domain/api/subject.ts'
import { policy } from '../../../domain/builders.ts'

/** Each list of subjects of a policy, filled with one subject. */
const LISTS = {
  'spec.subjects': (subject: Subject) => policy('p', { subjects: [subject] }),
  'spec.approvals.groups[0].subjects': (subject: Subject) => policy('p', { approvals: { groups: [{ name: 'owners', subjects: [subject] }] } }),
  'spec.approvals.breakGlass.subjects': (subject: Subject) => policy('p', { approvals: { breakGlass: { subjects: [subject] } } }),
  'spec.approvals.breakGlass.reviewers': (subject: Subject) =>
    policy('p', { approvals: { breakGlass: { subjects: [{ kind: 'User', name: 'oidc:a' }], reviewers: [subject] } } }),
} as const

const faults = (list: keyof typeof LISTS, subject: Subject): readonly string[] =>
  policyFaults(LISTS[list](subject), () => undefined).map(({ field, message }) => `${field}: ${message}`)

describe.each(Object.keys(LISTS) as (keyof typeof LISTS)[])('%s', (list) => {
  it('accepts a user, a group and a ServiceAccount', () => {
    for (const subject of [
      { kind: 'User', name: 'oidc:a' },
      { kind: 'Group', name: 'oidc:owners' },
      { kind: 'ServiceAccount', name: 'ci', namespace: 'shop' },
    ] as const)
      expect(faults(list, subject)).toEqual([])
  })
  it('refuses a ServiceAccount without a namespace', () =>
    expect(faults(list, { kind: 'ServiceAccount', name: 'ci' })).toEqual([
      `${list}[0].namespace: Required value: a ServiceAccount lives in a namespace`,
    ]))
  it('refuses a user with a namespace', () =>
    expect(faults(list, { kind: 'User', name: 'oidc:a', namespace: 'shop' })).toEqual([`${list}[0].namespace: Forbidden: a User has no namespace`]))
  it('refuses a name that hides what it says', () =>
    expect(faults(list, { kind: 'User', name: 'oidc:\u202ea' })).toEqual([expect.stringContaining(`${list}[0].name: `)]))
})

it('only the governed subjects must not be identities of the cluster', () => {
  const subject = { kind: 'ServiceAccount', name: 'generic-garbage-collector', namespace: 'kube-system' } as const
  expect(faults('spec.subjects', subject)).toEqual([expect.stringContaining('identities of the cluster')])
  expect(faults('spec.approvals.groups[0].subjects', subject)).toEqual([])
})
