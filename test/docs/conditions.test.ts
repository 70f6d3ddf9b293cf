import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { PolicyRule } from '../../domain/api/access-policy.ts'
import type { ConditionInput } from '../../domain/condition-evaluator.ts'
import { decide } from '../../domain/policy/decide.ts'
import { matchFaults } from '../../domain/policy/match/match-faults.ts'
import { conditionProblem, createConditionEvaluator } from '../../server/conditions/cel.ts'
import { AGENT, asked, policy } from '../domain/builders.ts'

const page = await readFile(new URL('../../docs/reference/conditions.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| `([a-zA-Z.]+)` +\| ([a-z ]+?) +\|/gm)].map(([, name = '', type = '']) => ({ name, type }))
const ASKS: { readonly [type: string]: (name: string) => string } = {
  string: (name) => `${name} == "x"`,
  bool: (name) => name,
  'list of string': (name) => `${name}.exists(g, g == "x")`,
  any: (name) => `${name} != null && ${name}.a == 1`,
}
const input: ConditionInput = {
  request: { verb: '', group: '', version: '', resource: '', subresource: '', namespace: '', name: '', path: '', dryRun: false },
  user: { username: '', groups: [] },
}

it('lists every variable', () => {
  const fields = (['request', 'user'] as const).flatMap((root) => Object.keys(input[root]).map((field) => `${root}.${field}`))
  expect(rows.map(({ name }) => name).toSorted()).toEqual([...fields, 'object', 'oldObject'].toSorted())
})

it.each(rows)('$name is a $type', ({ name, type }) => {
  const condition = ASKS[type]?.(name) ?? ''
  expect(conditionProblem(condition)).toBeUndefined()
  expect(createConditionEvaluator()(condition, input)).toBe(false)
  expect(conditionProblem(`${name}x == "x"`)).toBeDefined()
})

const of = (replicas: number) => ({ object: { spec: { replicas } } })

describe('the examples', () => {
  const rules = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].flatMap(([, text = '']) => parse(text) as readonly PolicyRule[])
  const effectOf = (name: string, line: string, more: Partial<Parameters<typeof decide>[0]> = {}): string | undefined => {
    const evaluate = createConditionEvaluator()
    const policies = [policy('p', { rules: rules.filter((rule) => rule.name === name) })]
    return decide({ classified: asked(line), identity: AGENT, policies, evaluate, ...more })?.effect
  }
  const web = '/apis/apps/v1/namespaces/shop/deployments/web'

  it.each(rules)('$name is a rule that is accepted', ({ match }) => {
    expect(matchFaults(match ?? {})).toEqual([])
    expect(conditionProblem(match?.condition ?? '')).toBeUndefined()
  })
  it.each([
    ['dry-runs', `PATCH ${web}`, { dryRun: true }, 'Allow'],
    ['dry-runs', `PATCH ${web}`, {}, 'RequireGrant'],
    ['few-replicas', `PATCH ${web}`, of(11), 'Deny'],
    ['few-replicas', `PUT ${web}/scale`, of(11), 'Deny'],
    ['few-replicas', `PATCH ${web}`, of(10), 'RequireGrant'],
    ['up-to-three', `PATCH ${web}/scale`, of(3), 'Allow'],
    ['up-to-three', `PUT ${web}`, of(4), 'RequireGrant'],
    ['kept', `DELETE ${web}`, { oldObject: { metadata: { labels: { keep: '' } } } }, 'Deny'],
    ['kept', `DELETE ${web}`, { oldObject: { metadata: {} } }, 'RequireGrant'],
  ])('%s of %s with %o is %s', (name, line, more, effect) => expect(effectOf(name, line, more)).toBe(effect))
  it('are all of them', () => expect(rules.map(({ name }) => name)).toEqual(['dry-runs', 'few-replicas', 'up-to-three', 'kept']))
})
