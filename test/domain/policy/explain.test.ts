import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Effect, PolicyRule } from '../../../domain/api/access-policy.ts'
import { operationOf } from '../../../domain/classify/operations-of.ts'
import { decide, STRICTNESS } from '../../../domain/policy/decide.ts'
import { explainPolicy } from '../../../domain/policy/explain.ts'
import { policy } from '../builders.ts'

const identity = { username: 'oidc:agent', uid: '', groups: [], extra: {} }
const governing = (rules: readonly PolicyRule[]) => ({
  ...policy('p', { rules: [...rules] }),
  spec: { subjects: [{ kind: 'User' as const, name: identity.username }], rules: [...rules] },
})

const some = (...values: readonly string[]) => fc.option(fc.subarray([...values, '*'], { minLength: 1 }), { nil: undefined })
const rules = fc
  .array(
    fc.record({
      effect: fc.constantFrom<Effect>('Allow', 'RequireGrant', 'RequireApproval', 'Deny'),
      match: fc.record({
        verbs: some('get', 'list', 'patch'),
        apiGroups: some('', 'apps'),
        resources: some('pods', 'secrets', 'deployments'),
        subresources: some('', 'exec'),
        namespaces: some('shop', ''),
        condition: fc.constantFrom(undefined, undefined, 'one', 'two'),
      }),
    }),
    { maxLength: 5 },
  )
  .map((all) =>
    all.map(({ effect, match }, index): PolicyRule => ({
      name: `r${index}`,
      effect,
      match: Object.fromEntries(Object.entries(match).filter(([, value]) => value !== undefined)),
    })),
  )
const requests = fc
  .record({
    verb: fc.constantFrom('get', 'list', 'patch', 'create'),
    apiGroup: fc.constantFrom('', 'apps'),
    resource: fc.constantFrom('pods', 'pods/exec', 'secrets', 'deployments', 'serviceaccounts/token'),
    namespace: fc.constantFrom('', 'shop', 'bank'),
    name: fc.constantFrom('', 'web'),
  })
  .map(({ namespace, name, ...rest }) => operationOf(rest, { namespace, name }))

it('brackets the decision of the policy, whatever its conditions say', () => {
  fc.assert(
    fc.property(rules, requests, fc.boolean(), fc.boolean(), (all, classified, one, two) => {
      const of = governing(all)
      const { loosest, strictest, rules: explained, byDefault } = explainPolicy(of, classified)
      const decision = decide({ policies: [of], identity, classified, evaluate: (condition) => (condition === 'one' ? one : two) })
      const effect = decision?.effect ?? 'Deny'
      expect(STRICTNESS[effect]).toBeGreaterThanOrEqual(STRICTNESS[loosest])
      expect(STRICTNESS[effect]).toBeLessThanOrEqual(STRICTNESS[strictest])
      const parts = new Map(explained.map(({ name, part }) => [name, part]))
      expect(['decides', 'perhaps', 'stricter', undefined]).toContain(parts.get(decision?.rule ?? ''))
      if (decision?.rule === 'default') expect(byDefault.part).not.toBe('no')
    }),
    { numRuns: 3000 },
  )
})

it('says for each rule whether it decides, and which field excludes the request', () => {
  const all: readonly PolicyRule[] = [
    { name: 'elsewhere', effect: 'Allow', match: { resources: ['secrets'], namespaces: ['bank'] } },
    { name: 'other-verb', effect: 'Allow', match: { verbs: ['list'], resources: ['secrets'] } },
    { name: 'dry', effect: 'Allow', match: { condition: 'request.dryRun' } },
    { name: 'secrets', effect: 'RequireApproval', match: { resources: ['secrets'] } },
    { name: 'all', effect: 'Deny' },
  ]
  const found = explainPolicy(governing(all), operationOf({ verb: 'get', apiGroup: '', resource: 'secrets' }, { namespace: 'shop', name: 'db' }))
  expect(found.rules.map(({ name, part, misses }) => [name, part, misses])).toEqual([
    ['elsewhere', 'no', ['namespaces']],
    ['other-verb', 'no', ['verbs']],
    ['dry', 'perhaps', []],
    ['secrets', 'decides', []],
    ['all', 'later', []],
  ])
  expect([found.loosest, found.strictest, found.byDefault.part]).toEqual(['Allow', 'RequireApproval', 'no'])
})
