import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Effect, PolicyRule } from '../../../domain/api/access-policy.ts'
import { decide } from '../../../domain/policy/decide.ts'
import { objectsOf } from '../../../domain/policy/conditions/unknown-objects.ts'
import { createConditionEvaluator } from '../../../server/conditions/cel.ts'
import { AGENT, asked, policy } from '../builders.ts'

const evaluate = createConditionEvaluator()
const EFFECTS = ['Allow', 'RequireGrant', 'RequireApproval', 'Deny'] as const satisfies readonly Effect[]
const CONDITIONS = [
  undefined,
  'request.namespace == "shop"',
  'request.namespace == "bank"',
  'object.spec.replicas <= 3',
  'object == null || object.spec.replicas > 5',
  'request.namespace == "shop" && oldObject.spec.replicas > 2',
  'request.namespace == "bank" && object.spec.replicas > 2',
  'has(object.spec) || oldObject == null',
] as const
const WRITES = [
  'PATCH /apis/apps/v1/namespaces/shop/deployments/web',
  'PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale',
  'PUT /apis/apps/v1/namespaces/shop/deployments/web',
  'POST /apis/apps/v1/namespaces/shop/deployments',
  'DELETE /apis/apps/v1/namespaces/shop/deployments/web',
  'DELETE /apis/apps/v1/namespaces/shop/deployments',
] as const

const rules = fc
  .array(
    fc.record({
      effect: fc.constantFrom(...EFFECTS),
      condition: fc.constantFrom(...CONDITIONS),
      verbs: fc.constantFrom(undefined, ['*'], ['patch'], ['create', 'delete']),
      subresources: fc.constantFrom(undefined, ['', 'scale']),
    }),
    { maxLength: 4 },
  )
  .map((all) =>
    all.map(({ effect, ...match }, index): PolicyRule => ({ name: `r${index}`, effect, match: JSON.parse(JSON.stringify(match)) as object })),
  )
const objects = fc.constantFrom(...[undefined, 1, 3, 9].map((replicas) => (replicas === undefined ? {} : { spec: { replicas } })))

const decided = (effect: Effect, ...more: readonly PolicyRule[]) =>
  decide({
    classified: asked(WRITES[0]),
    identity: AGENT,
    policies: [policy('p', { rules: [{ name: 'few', effect, match: { condition: 'object.spec.replicas <= 3' } }, ...more] })],
    evaluate,
    unknown: { variables: ['object'], why: 'nobody looked' },
  })

const rank = (effect: Effect | undefined): number => EFFECTS.indexOf(effect ?? 'Deny')

describe('a rule with an unknown object', () => {
  it('is decided strictest or loosest, and the actual decision is always between the two', () =>
    fc.assert(
      fc.property(fc.constantFrom(...WRITES), fc.array(rules, { minLength: 1, maxLength: 2 }), objects, objects, (line, of, object, oldObject) => {
        const classified = asked(line)
        const policies = of.map((each, index) => policy(`p${index}`, { rules: each }))
        const variables = objectsOf(classified)
        const input = { classified, identity: AGENT, policies, evaluate }
        const unknown = { variables, why: 'why' }
        const strictest = decide({ ...input, unknown })
        const loosest = decide({ ...input, unknown, reading: 'loosest' })
        const truth = decide({
          ...input,
          ...(variables.includes('object') ? { object } : {}),
          ...(variables.includes('oldObject') ? { oldObject } : {}),
        })
        expect(rank(strictest?.effect)).toBeGreaterThanOrEqual(truth?.error === undefined ? rank(truth?.effect) : 0)
        expect(rank(loosest?.effect)).toBeLessThanOrEqual(rank(truth?.effect))
        if (strictest?.unseen === undefined) expect(strictest?.effect).toBe(loosest?.effect)
      }),
      { numRuns: 500 },
    ))

  it('does not allow', () => expect(decided('Allow')).toMatchObject({ effect: 'RequireGrant', rule: 'default', unseen: { rule: 'few' } }))
  it('denies with an error', () =>
    expect(decided('Deny')).toMatchObject({ effect: 'Deny', rule: 'few', error: expect.stringMatching('nobody looked') as string }))
  it('denies without an error when another rule denies anyway', () => {
    const denied = decided('Deny', { name: 'all', effect: 'Deny' })
    expect(denied).toMatchObject({ effect: 'Deny', rule: 'all' })
    expect(denied?.error).toBeUndefined()
  })
})

describe('a condition over replicas', () => {
  const deny = policy('p', { rules: [{ name: 'few', effect: 'Deny', match: { resources: ['deployments'], condition: 'object.spec.replicas > 3' } }] })
  it.each([
    [WRITES[0], 'Deny'],
    [WRITES[1], 'Deny'],
    ['POST /apis/apps/v1/namespaces/shop/deployments/web/eviction', 'RequireGrant'],
  ])('%s: %s', (line, effect) =>
    expect(decide({ classified: asked(line), identity: AGENT, policies: [deny], evaluate, object: { spec: { replicas: 9 } } })?.effect).toBe(effect),
  )
})
