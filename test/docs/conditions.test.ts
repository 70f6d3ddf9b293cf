import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import type { ConditionInput } from '../../domain/condition-evaluator.ts'
import { conditionProblem, createConditionEvaluator } from '../../server/cel.ts'

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
