import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConditionInput } from '../../../domain/condition-evaluator.ts'
import { MAX_CONDITION_COST } from '../../../server/conditions/cel-budget.ts'
import { conditionProblem, createConditionEvaluator } from '../../../server/conditions/cel.ts'

const input: ConditionInput = {
  request: {
    verb: 'patch',
    group: 'apps',
    version: 'v1',
    resource: 'deployments',
    subresource: 'scale',
    namespace: 'shop',
    name: 'web',
    path: '/x',
    dryRun: false,
  },
  user: { username: 'oidc:agent', groups: ['oidc:agents'] },
}
const evaluate = createConditionEvaluator()

it.each([
  ['request.namespace == "shop" && request.verb in ["patch", "update"]', true],
  ['user.groups.exists(g, g.startsWith("oidc:"))', true],
  ['request.name.matches("^db-")', false],
  ['object == null', true],
  ['!request.name.matches("^db-") && request.resource . matches( r"^(deploy|stateful)" )', true],
  ['("x." + request.name).matches("(?i)^X[.]WEB$") && ["matches(", "b"].exists(m, m.matches("^matches[(]$"))', true],
])('%s is %s', (condition, expected) => expect(evaluate(condition, input)).toBe(expected))

it('a condition can read a present object', () =>
  expect(evaluate('object.spec.replicas < 5', { ...input, object: { spec: { replicas: 3 } } })).toBe(true))

describe('a condition that cannot be evaluated throws', () => {
  it.each(['object.spec.replicas < 5', 'request.namespace', 'request.nothing == "x"', '1 +', 'nobody == "x"'])('%s', (condition) =>
    expect(() => evaluate(condition, input)).toThrow(),
  )
})

describe('a condition is checked before it is used', () => {
  it.each([
    'request.verb == "get"',
    'has(object.spec) && object.spec.replicas > 1',
    'object.spec.paused',
    'request.dryRun && user.groups.exists(g, g == "x")',
    'object == null || oldObject.metadata.name.startsWith(request.name)',
  ])('%s is valid', (condition) => expect(conditionProblem(condition)).toBeUndefined())
  it.each([
    '1 +',
    'nobody == "x"',
    '1 + 2',
    '"text"',
    'request.name.matches("(?!a)")',
    'request.name.matches()',
    'request.nmae == "x"',
    'request.name',
    'user.name == "x"',
    'request.dryRun == "All"',
    'user.groups == "x"',
  ])('%s is invalid', (condition) => expect(conditionProblem(condition)).toBeTypeOf('string'))
})

const list = (length: number): readonly object[] => Array.from({ length }, () => ({ name: 'a' }))

describe('the cost of a condition', () => {
  it('is bounded: nested loops are evaluated completely or refused, for all sizes and errors', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 900 }), fc.constantFrom('name', 'missing'), (a, b, field) => {
        const object = { a: list(a), b: list(b) }
        const condition = `object.a.exists(x, object.b.exists(y, x.${field} == y.name + "!"))`
        let answer: unknown
        try {
          answer = evaluate(condition, { ...input, object })
        } catch (error) {
          answer = (error as Error).name
        }
        if (a * b > MAX_CONDITION_COST) expect(answer).toBe('TooExpensiveError')
        if (a * b < MAX_CONDITION_COST / 200 && (field === 'name' || b === 0)) expect(answer).toBe(false)
      }),
      { numRuns: 30 },
    ))
  it.each([
    ['three nested loops', 'object.a.exists(x, object.a.exists(y, object.a.exists(z, x.no == z.no)))'],
    ['a membership in a loop', 'object.a.exists(x, {"name": "b"} in object.a)'],
    ['an equality in a loop', 'object.a.all(x, object.a == object.b)'],
    ['a pattern in a loop', 'object.a.exists(x, object.text.matches("b$"))'],
  ])('counts %s', (_, condition) =>
    expect(() => evaluate(condition, { ...input, object: { a: list(3000), b: list(3000), text: 'a'.repeat(1000) } })).toThrow(
      'steps on this request',
    ),
  )
  it('counts the keys of a map, also for a loop that ends at the first', () => {
    const map = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`k${index}`, 'a']))
    const object = { a: list(3000), map }
    for (const loop of ['exists(k, k == "k0")', 'all(k, k == "k1")', 'exists_one(k, false)', 'map(k, k).size() > 0', 'filter(k, true).size() > 0'])
      expect(() => evaluate(`object.a.exists(x, object.map.${loop} && x.name == "b")`, { ...input, object }), loop).toThrow('steps on this request')
    for (const wrong of [
      '-object.map == 1',
      '!object.map',
      'object.map && true',
      'object.map || false',
      '(object.map ? 1 : 2) == 1',
      '(true ? object.map : 1) == 1',
    ])
      expect(() => evaluate(`object.a.exists(x, ${wrong})`, { ...input, object }), wrong).toThrow('steps on this request')
    expect(
      evaluate('object.a.exists(x, object.few.exists(k, k == "k0") && x.name == "b")', { ...input, object: { a: list(3000), few: { k0: '' } } }),
    ).toBe(false)
  })
  it('does not grow with the nesting of a value, whose type cel-js keeps', () => {
    const nested = Array.from({ length: 500 }).reduce<unknown>((inner, _, level) => (level % 3 === 0 ? { a: inner } : [inner]), 1)
    for (const condition of ['object.spec < 5', '-object.spec == 1', 'int(object.spec) < 5'])
      expect(() => evaluate(condition, { ...input, object: { spec: nested } }), condition).toThrow(/^[^\n]{20,120}(\n|$)/)
  })
  it('is shared by the conditions of one decision, and reset for the next', () => {
    const shared = { ...input, object: { a: list(3000) } }
    const often = (times: number): void => {
      for (let time = 0; time < times; time++) evaluate('object.a.all(x, x.name == "a")', shared)
    }
    expect(() => often(1)).not.toThrow()
    expect(() => often(100)).toThrow('steps on this request')
    expect(evaluate('object.a.all(x, x.name == "a")', { ...shared })).toBe(true)
  })
  it('is reported once for each decision, with the most expensive condition', () => {
    const reported: string[] = []
    const evaluateReporting = createConditionEvaluator((condition) => void reported.push(condition))
    const shared = { ...input, object: { a: list(3000) } }
    for (let time = 0; time < 20; time++) {
      try {
        evaluateReporting('object.a.exists(x, object.a.all(y, x.name == y.name) && x.name == "b")', shared)
      } catch {
        try {
          evaluateReporting('request.name == "web"', shared)
        } catch {
          // No steps are left.
        }
      }
    }
    expect(reported).toEqual(['object.a.exists(x, object.a.all(y, x.name == y.name) && x.name == "b")'])
  })
  it('is independent of an unknown object, which is an error unless the result does not depend on it', () => {
    const unknown = { ...input, unknown: ['object'] as const }
    expect(evaluate('request.name == "db" && object.spec.replicas > 3', unknown)).toBe(false)
    expect(evaluate('request.name == "web" || object == null', unknown)).toBe(true)
    for (const condition of ['object == null', 'has(object.spec)', 'type(object) == int', 'request.name == "web" && object.a'])
      expect(() => evaluate(condition, unknown), condition).toThrow()
    expect(evaluate('oldObject == null', unknown)).toBe(true)
  })
})
