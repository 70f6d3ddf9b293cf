import { describe, expect, it } from 'vitest'
import type { ConditionInput } from '../../domain/condition-evaluator.ts'
import { conditionProblem, createConditionEvaluator } from '../../server/cel.ts'

const input: ConditionInput = {
  request: { verb: 'patch', group: 'apps', version: 'v1', resource: 'deployments', subresource: 'scale', namespace: 'shop', name: 'web', path: '/x' },
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

it('an object that is there can be read', () =>
  expect(evaluate('object.spec.replicas < 5', { ...input, object: { spec: { replicas: 3 } } })).toBe(true))

describe('what cannot be evaluated throws', () => {
  it.each(['object.spec.replicas < 5', 'request.namespace', 'request.nothing == "x"', '1 +', 'nobody == "x"'])('%s', (condition) =>
    expect(() => evaluate(condition, input)).toThrow(),
  )
})

describe('a condition is checked before it is used', () => {
  it.each(['request.verb == "get"', 'has(object.spec) && object.spec.replicas > 1'])('%s may be used', (condition) =>
    expect(conditionProblem(condition)).toBeUndefined(),
  )
  it.each(['1 +', 'nobody == "x"', '1 + 2', '"text"', 'request.name.matches("(?!a)")', 'request.name.matches()'])('%s may not', (condition) =>
    expect(conditionProblem(condition)).toBeTypeOf('string'),
  )
})
