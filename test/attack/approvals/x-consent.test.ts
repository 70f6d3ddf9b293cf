import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { riskOfRequest } from '../../../apiserver/resources/requests/request-risk.ts'
import { progressOf, type Approver } from '../../../domain/approval/approval.ts'
import type { PolicyRule, Risk } from '../../../domain/api/access-policy.ts'
import type { AccessRequestSpec } from '../../../domain/api/access-request.ts'
import { RISKS } from '../../../domain/api/approvals/risk.ts'
import type { AccessRule } from '../../../domain/api/rules.ts'
import { policy } from '../../domain/builders.ts'

/** Consent cannot be had cheaper: not by how a request is written, and not by one person under several names or in several groups. */
const some = <T>(...values: readonly T[]) => fc.subarray([...values], { minLength: 1 })
const rule: fc.Arbitrary<AccessRule> = fc.record(
  {
    verbs: some('get', 'patch', 'delete', '*', 'nonsense'),
    resources: some('pods', 'pods/exec', 'secrets', 'deployments'),
    apiGroups: some('', 'apps', '*', 'rbac.authorization.k8s.io'),
    namespaces: some('shop', 'prod'),
    resourceNames: some('web', 'db'),
    gains: some('Privileged', 'Secret=db'),
  },
  { requiredKeys: ['verbs', 'resources'] },
)
const spec: fc.Arbitrary<AccessRequestSpec> = fc.record({ rules: fc.array(rule, { minLength: 1, maxLength: 3 }) })
const policyRule: fc.Arbitrary<PolicyRule> = fc.record(
  {
    name: fc.constant('r'),
    effect: fc.constantFrom('Allow', 'RequireGrant', 'RequireApproval', 'Deny'),
    risk: fc.constantFrom<Risk>('Low', 'High', 'Critical'),
    match: fc.record(
      { verbs: some('get', 'delete'), namespaces: some('prod'), names: some('db'), resources: some('pods', 'secrets') },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['name', 'effect'] },
)
const rankOf = (asked: AccessRequestSpec, rules: readonly PolicyRule[]): number =>
  RISKS.indexOf(
    riskOfRequest({ apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name: 'ask' }, spec: asked }, [policy('p', { rules })]),
  )

describe('X. consent', () => {
  it('X150 an agent cannot lower the risk of a request by what it adds or leaves out', () => {
    fc.assert(
      fc.property(spec, rule, fc.array(policyRule, { maxLength: 3 }), (asked, more, rules) => {
        const risk = rankOf(asked, rules)
        expect(rankOf({ ...asked, rules: [more, ...(asked.rules ?? [])] }, rules)).toBeGreaterThanOrEqual(risk)
        const unnamed = (asked.rules ?? []).map(({ resourceNames: every, ...rest }) => (every === undefined ? rest : rest))
        expect(rankOf({ ...asked, rules: unnamed }, rules)).toBeGreaterThanOrEqual(risk)
        const words: AccessRequestSpec = { ...asked, reason: 'risk: Low', ticket: 'Low', agent: { task: 'harmless' }, durationSeconds: 1, maxUses: 1 }
        expect(rankOf(words, rules)).toBe(risk)
      }),
    )
  })

  it('X151 a human counts once, whatever the spelling of the name and the number of groups', () => {
    const spellings = fc.constantFrom('oidc:ann', 'OIDC:Ann', 'oidc:ANN')
    const approvers = fc.array(fc.record<Approver>({ username: spellings, groups: fc.subarray(['a', 'b']) }), { minLength: 1, maxLength: 5 })
    const groups = ['a', 'b'].map((name) => ({ name, subjects: [{ kind: 'Group' as const, name }] }))
    fc.assert(
      fc.property(approvers, (all) => {
        const { given, missing } = progressOf([policy('p', { approvals: { groups } })], 'Low', all)
        expect([given, missing.length > 0]).toEqual([1, true])
      }),
    )
  })
})
