import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ruleFor } from '../../../domain/grant/access-request-command.ts'
import { ruleCovers } from '../../../domain/grant/rule-covers.ts'
import { isRulesSubset } from '../../../domain/grant/rule-subset.ts'
import type { AccessRule } from '../../../domain/api/rules.ts'
import { asked } from '../builders.ts'

const LINES = [
  'PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale',
  'DELETE /apis/apps/v1/namespaces/shop/deployments/web',
  'DELETE /apis/apps/v1/namespaces/bank/deployments',
  'POST /api/v1/namespaces',
  'DELETE /api/v1/namespaces/shop',
  'GET /api/v1/namespaces/shop/pods/web/exec',
]
const some = (values: readonly string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1 })
const rules: fc.Arbitrary<AccessRule> = fc.record(
  {
    verbs: some(['create', 'patch', 'delete', 'deletecollection', '*']),
    resources: some(['deployments', 'deployments/scale', 'namespaces', 'pods/exec']),
    apiGroups: some(['', 'apps']),
    namespaces: some(['shop', 'bank']),
    resourceNames: some(['web', 'shop']),
  },
  { requiredKeys: ['verbs', 'resources'] },
)

it('the rule for a refused request covers it', () => {
  for (const line of LINES) expect(`${line} ${ruleCovers(ruleFor(asked(line)), asked(line))}`).toBe(`${line} true`)
})

it('a subset covers nothing that the wide rule does not cover', () => {
  let within = 0
  fc.assert(
    fc.property(rules, rules, fc.constantFrom(...LINES), (narrow, wide, line) => {
      if (!isRulesSubset([narrow], [wide])) return
      within += 1
      expect(ruleCovers(narrow, asked(line)) && !ruleCovers(wide, asked(line))).toBe(false)
    }),
    { numRuns: 20_000 },
  )
  expect(within).toBeGreaterThan(50)
})
it('a rule is a subset of itself', () => fc.assert(fc.property(rules, (rule) => isRulesSubset([rule], [rule]))))
it('a rule for every name is not a subset of a rule for some names', () =>
  expect(
    isRulesSubset(
      [{ verbs: ['get'], resources: ['pods'], namespaces: ['a'] }],
      [{ verbs: ['get'], resources: ['pods'], namespaces: ['a'], resourceNames: ['x'] }],
    ),
  ).toBe(false))
