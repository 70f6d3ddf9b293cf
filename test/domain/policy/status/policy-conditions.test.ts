import { describe, expect, it } from 'vitest'
import type { AccessPolicy } from '../../../../domain/api/access-policy.ts'
import type { Condition } from '../../../../domain/api/conditions.ts'
import { impersonationFix } from '../../../../domain/policy/status/impersonation-fix.ts'
import type { Discovered } from '../../../../domain/served-resource.ts'
import type { FieldFault } from '../../../../domain/policy/conditions/typed-conditions.ts'
import type { Permissions } from '../../../../domain/policy/status/permitted.ts'
import { conditionsWith, policyStatements, type Impersonation } from '../../../../domain/policy/status/policy-conditions.ts'

const YES: Impersonation = { can: 'yes' }
const policy = (spec: Partial<AccessPolicy['spec']> = {}, conditions?: readonly Condition[]): AccessPolicy => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessPolicy',
  metadata: { name: 'p', generation: 3 },
  spec: { subjects: [{ kind: 'Group', name: 'oidc:agents' }], ...spec },
  ...(conditions === undefined ? {} : { status: { conditions: [...conditions] } }),
})
const discovered: Discovered = {
  resources: [{ group: '', resource: 'pods', namespaced: true, kind: 'Pod', singular: 'pod', shortNames: [], verbs: [] }],
  unknownGroups: new Set(),
}
const permissions: Permissions = { free: [], granted: [], mayAsk: true, mode: 'constrained' }
const compiles = (condition: string): string | undefined => (condition === 'bad' ? 'no such thing' : undefined)
const isExpensive = (condition: string): boolean => condition === 'dear'
const conditionsFor = (
  of: AccessPolicy,
  facts: {
    readonly impersonation?: Impersonation
    readonly cluster?: string
    readonly discovered?: Discovered | undefined
    readonly fieldFaults?: readonly FieldFault[]
  } = {},
) =>
  Object.fromEntries(
    policyStatements(of, { impersonation: YES, permissions, compiles, isExpensive, fieldFaults: [], discovered, ...facts }).map(
      ({ type, status, reason }) => [type, `${status} ${reason}`],
    ),
  )

describe('the status of a policy', () => {
  it('that can work is True in every condition', () => {
    expect(conditionsFor(policy())).toEqual({
      Ready: 'True Ready',
      Applicable: 'True EveryCluster',
      Valid: 'True Understood',
      Impersonable: 'True Impersonated',
      Permitted: 'True NothingFree',
      Grantable: 'True NothingToGrant',
      Served: 'True AllServed',
      Typed: 'True FieldsKnown',
      Affordable: 'True Cheap',
    })
  })

  it('that names an unserved resource is Ready, and Served is not True', () => {
    const rules = [{ name: 'r', effect: 'Deny', match: { resources: ['widgets'] } }] as const
    expect(conditionsFor(policy({ rules }))).toMatchObject({ Ready: 'True Ready', Served: 'False NotServed' })
    expect(conditionsFor(policy({ rules }), { discovered: undefined })).toMatchObject({ Ready: 'True Ready', Served: 'Unknown NotKnown' })
  })

  it.each([
    ['missing', 'False UnknownField'],
    ['unchecked', 'Unknown NotKnown'],
  ] as const)('whose condition reads a field that is %s is Ready, and Typed is not True', (kind, typed) =>
    expect(conditionsFor(policy(), { fieldFaults: [{ index: 0, rule: 'r', kind, message: 'm' }] })).toMatchObject({
      Ready: 'True Ready',
      Typed: typed,
    }),
  )

  it.each([
    ['whose groups may not be impersonated', {}, { impersonation: { can: 'no', refused: 'x', fix: 'y' } as const }, 'False ImpersonationForbidden'],
    ['whose groups could not be checked', {}, { impersonation: { can: 'unknown', why: 'x' } as const }, 'Unknown NotTried'],
    ['that names other clusters', { clusters: ['a', 'b'] }, { cluster: 'c' }, 'False OtherCluster'],
    ['that names clusters when this cluster has no name', { clusters: ['a'] }, {}, 'False UnnamedCluster'],
    ['that names this cluster', { clusters: ['a'] }, { cluster: 'a' }, 'True Ready'],
    ['with a condition that does not compile', { rules: [{ name: 'r', effect: 'Allow', match: { condition: 'bad' } }] }, {}, 'False NotUnderstood'],
    ['with a verb that no request has', { rules: [{ name: 'r', effect: 'Deny', match: { verbs: ['remove'] } }] }, {}, 'False NotUnderstood'],
    ['with a subject of the cluster itself', { subjects: [{ kind: 'Group', name: 'system:authenticated' }] }, {}, 'False NotUnderstood'],
  ] as const)('%s', (_, spec, facts, ready) => {
    expect(conditionsFor(policy(spec as Partial<AccessPolicy['spec']>), facts)['Ready']).toBe(ready)
  })
})

describe('a condition that used up the steps of a request', () => {
  const rules = [{ name: 'loops', effect: 'Deny', match: { condition: 'dear' } }] as const
  const statements = policyStatements(policy({ rules }), { impersonation: YES, permissions, compiles, isExpensive, fieldFaults: [], discovered })

  it('is reported with its rule, and the policy stays ready', () => {
    expect(conditionsFor(policy({ rules }))).toMatchObject({ Ready: 'True Ready', Affordable: 'False TooExpensive' })
    expect(statements.find(({ type }) => type === 'Affordable')?.message).toMatch('rule "loops"')
  })
  it('stays reported by a gateway that has not observed it, until the policy changes', () => {
    const conditions = conditionsWith(policy({ rules }), statements, '2026-01-01T00:00:00Z') ?? []
    const reported = policy({ rules }, conditions)
    const unseen = { impersonation: YES, permissions, compiles, isExpensive: () => false, fieldFaults: [], discovered }
    expect(conditionsWith(reported, policyStatements(reported, unseen), '2026-02-02T00:00:00Z')).toBeUndefined()
    const next = { ...reported, metadata: { name: 'p', generation: 4 } }
    expect(policyStatements(next, unseen).find(({ type }) => type === 'Affordable')?.status).toBe('True')
  })
})

describe('conditions', () => {
  const statements = policyStatements(policy(), { impersonation: YES, permissions, compiles, isExpensive, fieldFaults: [], discovered })
  const first = conditionsWith(policy(), statements, '2026-01-01T00:00:00Z') ?? []

  it('are not written again when nothing changed', () => {
    expect(first.map(({ observedGeneration, lastTransitionTime }) => [observedGeneration, lastTransitionTime])).toEqual(
      Array.from({ length: 9 }, () => [3, '2026-01-01T00:00:00Z']),
    )
    expect(conditionsWith(policy({}, first), statements, '2026-02-02T00:00:00Z')).toBeUndefined()
    expect(conditionsWith(policy({}, first.toReversed()), statements, '2026-02-02T00:00:00Z')).toBeUndefined()
  })

  it('are written again for a new generation, with the time of the last change of status', () => {
    const next = conditionsWith({ ...policy({}, first), metadata: { name: 'p', generation: 4 } }, statements, '2026-02-02T00:00:00Z')
    expect(next?.map(({ observedGeneration, lastTransitionTime }) => [observedGeneration, lastTransitionTime])).toEqual(
      Array.from({ length: 9 }, () => [4, '2026-01-01T00:00:00Z']),
    )
  })

  it('of other owners stay, and a changed status gets a new time', () => {
    const broken = policyStatements(policy(), {
      impersonation: { can: 'no', refused: 'x', fix: 'y' },
      permissions,
      compiles,
      isExpensive,
      fieldFaults: [],
      discovered,
    })
    const other: Condition = { type: 'Reviewed', status: 'True' }
    const next = conditionsWith(policy({}, [...first, other]), broken, '2026-02-02T00:00:00Z') ?? []
    expect(next.map(({ type, lastTransitionTime }) => `${type} ${lastTransitionTime}`)).toEqual([
      'Ready 2026-02-02T00:00:00Z',
      'Applicable 2026-01-01T00:00:00Z',
      'Valid 2026-01-01T00:00:00Z',
      'Impersonable 2026-02-02T00:00:00Z',
      'Permitted 2026-01-01T00:00:00Z',
      'Grantable 2026-01-01T00:00:00Z',
      'Served 2026-01-01T00:00:00Z',
      'Typed 2026-01-01T00:00:00Z',
      'Affordable 2026-01-01T00:00:00Z',
      'Reviewed undefined',
    ])
  })
})

describe('the command that allows the impersonation', () => {
  it.each([
    ['constrained', 'authentication.k8s.io', 'impersonate:user-info'],
    ['classic', '', 'impersonate'],
  ] as const)('%s impersonation', (mode, group, verb) => {
    const line = impersonationFix('p', { mode, tokenGroups: ["it's; $(id)"] })
    expect(line.split('\n')).toHaveLength(1)
    const [, json = ''] = /^printf %s '([^']*)' \| kubectl apply -f -$/.exec(line) ?? []
    const { items } = JSON.parse(json) as { readonly items: readonly { readonly rules?: readonly object[]; readonly subjects?: readonly object[] }[] }
    expect(items[0]?.rules).toEqual([
      {
        apiGroups: [group],
        resources: ['groups'],
        resourceNames: ['jit.access:baseline:p', 'jit.access:elevated:p', "it's; $(id)"],
        verbs: [verb],
      },
    ])
    expect(items[1]?.subjects).toEqual([{ kind: 'ServiceAccount', name: 'jit-impersonator', namespace: 'jit-system' }])
  })
})
