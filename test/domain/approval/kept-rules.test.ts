import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { AccessRule } from '../../../domain/api/rules.ts'
import { CHOSEN_FIELDS, choicesIn, keptRules, type Kept } from '../../../domain/approval/kept-rules.ts'
import { isRulesSubset } from '../../../domain/grant/rule-subset.ts'

const words = (...all: string[]) => fc.subarray(all, { minLength: 1 })
const rule: fc.Arbitrary<AccessRule> = fc.record(
  {
    verbs: words('get', 'list', 'delete'),
    apiGroups: words('', 'apps'),
    resources: words('pods', 'deployments', 'pods/exec'),
    namespaces: words('shop', 'bank'),
    resourceNames: words('a', 'b', 'c'),
  },
  { requiredKeys: ['verbs', 'resources'], noNullPrototype: true },
)
const kept: fc.Arbitrary<Kept> = fc.record({
  rules: fc.subarray([0, 1, 2]).map((list) => new Set(list)),
  verbs: fc.subarray(['get', 'list', 'delete']).map((list) => new Set(list)),
  resources: fc.subarray(['pods', 'deployments', 'pods/exec', 'secrets']).map((list) => new Set(list)),
  namespaces: fc.subarray(['shop', 'bank', 'kube-system']).map((list) => new Set(list)),
  resourceNames: fc.subarray(['a', 'b', 'c', 'd']).map((list) => new Set(list)),
})
const everything = (rules: readonly AccessRule[]): Kept => ({
  rules: new Set(rules.keys()),
  ...(Object.fromEntries(CHOSEN_FIELDS.map((field) => [field, new Set(rules.flatMap((each) => each[field] ?? []))])) as unknown as Omit<
    Kept,
    'rules'
  >),
})
const NOTHING: Kept = { rules: new Set(), verbs: new Set(), resources: new Set(), namespaces: new Set(), resourceNames: new Set() }

describe('the rules that an approver keeps', () => {
  it('are never more than the rules that were asked for', () => {
    fc.assert(fc.property(fc.array(rule, { minLength: 1, maxLength: 3 }), kept, (rules, keep) => isRulesSubset(keptRules(rules, keep), rules)))
  })
  it('hold no word that was offered and is not kept', () => {
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 3 }), kept, (rules, keep) => {
        const choices = choicesIn(rules)
        const left = keptRules(rules, keep)
        return CHOSEN_FIELDS.every((field) =>
          left.every((each) => (each[field] ?? []).every((word) => !choices[field].includes(word) || keep[field].has(word))),
        )
      }),
    )
  })
  it('are all of them when everything is kept', () => {
    fc.assert(fc.property(fc.array(rule, { minLength: 1, maxLength: 3 }), (rules) => isDeepStrictEqual(keptRules(rules, everything(rules)), rules)))
  })
  it('are none when nothing of what was offered is kept', () => {
    const rules = [{ verbs: ['get', 'delete'], resources: ['pods'] }]
    expect(keptRules(rules, NOTHING)).toEqual([])
    expect(keptRules([...rules, ...rules], everything(rules))).toHaveLength(1)
  })
  it('keep an absent field absent, which means every name', () => {
    const rules: AccessRule[] = [
      { verbs: ['delete'], resources: ['pods'], namespaces: ['shop'], resourceNames: ['a', 'b'] },
      { verbs: ['delete'], resources: ['configmaps'], namespaces: ['shop'] },
    ]
    const [first, second] = keptRules(rules, { ...everything(rules), resourceNames: new Set(['a']) })
    expect(first?.resourceNames).toEqual(['a'])
    expect(second).toEqual(rules[1])
  })
})
