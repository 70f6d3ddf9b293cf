import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { AutoApproveInput } from '../../domain/api/approvals/auto-approve-input.ts'
import { autoApproveProblem, createAutoApproveEvaluator } from '../../server/conditions/auto-approve.ts'

const page = async (path: string): Promise<string> => await readFile(new URL(`../../docs/${path}`, import.meta.url), 'utf8')
const reference = await page('reference/auto-approve.md')
const rows = [...reference.matchAll(/^\| `([a-zA-Z.[\]0]+)` +\| ([a-z ]+?) +\|/gm)].map(([, name = '', type = '']) => ({ name, type }))

const ASKS: { readonly [type: string]: (name: string) => string } = {
  string: (name) => `${name} == "x"`,
  int: (name) => `${name} + 1 == 100`,
  any: (name) => `${name} != null && ${name} == 4`,
  list: (name) => `${name}.exists(r, r.verbs == ["x"])`,
  'list of string': (name) => `${name}.exists(g, g == "x")`,
  map: (name) => `${name}["a"] == ["x"]`,
  timestamp: (name) => `${name}.getHours("Europe/Berlin") == 0`,
}
const input: AutoApproveInput = {
  request: { reason: '', ticket: '', cluster: '', durationSeconds: 600, maxUses: null },
  rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods/log'], namespaces: ['shop'], resourceNames: ['*'], gains: [] }],
  operation: null,
  risk: 'Low',
  requester: { username: 'oidc:agent', groups: [], extra: { a: [] } },
  agent: { name: '', model: '', session: '', task: '' },
  nowMs: Date.parse('2026-11-25T12:00:00Z'),
  history: { approvedLastHour: 0, deniedLastDay: 0 },
}
const holds = (condition: string, changes: Partial<AutoApproveInput> = {}): boolean =>
  createAutoApproveEvaluator()(condition, { ...input, ...changes })

it('lists every variable', () => {
  const { nowMs: _, rules, operation: __, risk: ___, ...maps } = input
  const fields = Object.entries(maps).flatMap(([root, value]) => Object.keys(value).map((field) => `${root}.${field}`))
  const ofRules = Object.keys(rules[0] ?? {}).map((field) => `rules[0].${field}`)
  expect(rows.map(({ name }) => name).toSorted()).toEqual([...fields, ...ofRules, 'rules', 'operation', 'risk', 'now'].toSorted())
})

it.each(rows)('$name is a $type', ({ name, type }) => {
  const condition = ASKS[type]?.(name) ?? ''
  expect(autoApproveProblem(condition)).toBeUndefined()
  expect(holds(condition)).toBe(false)
  expect(autoApproveProblem(`${name}x == "x"`)).toBeDefined()
})

const at = async (time: string, changes: Partial<AutoApproveInput> = {}): Promise<boolean> => {
  const [, text = ''] = /```yaml\n([\s\S]*?)```/.exec(await page('how-to/auto-approve.md')) ?? []
  const { spec } = parse(text) as AccessPolicy
  return holds(spec.approvals?.autoApprove?.[0]?.condition ?? '', { nowMs: Date.parse(time), ...changes })
}

describe('the example of the how-to page', () => {
  it.each([
    ['2026-11-25T08:00:00Z', true],
    ['2026-11-25T07:59:59Z', false],
    ['2026-11-25T16:59:59Z', true],
    ['2026-11-25T17:00:00Z', false],
    ['2026-11-28T12:00:00Z', false],
    // The week in which the clocks go forward: an hour earlier from then on.
    ['2026-03-27T07:30:00Z', false],
    ['2026-03-30T07:30:00Z', true],
    // And back.
    ['2026-10-23T07:30:00Z', true],
    ['2026-10-26T07:30:00Z', false],
  ])('at %s: %s', async (time, expected) => expect(await at(time)).toBe(expected))
  it('not for another verb, nor after a denial', async () => {
    expect(await at('2026-11-25T12:00:00Z', { rules: input.rules.map((rule) => ({ ...rule, verbs: ['get', 'delete'] })) })).toBe(false)
    expect(await at('2026-11-25T12:00:00Z', { history: { approvedLastHour: 0, deniedLastDay: 1 } })).toBe(false)
  })
})

it('times in a time zone cost, since they take long', () => {
  const rules = Array.from({ length: 32 }, () => ({
    ...(input.rules[0] as AutoApproveInput['rules'][number]),
    verbs: Array.from({ length: 64 }, () => 'get'),
  }))
  expect(() => holds('rules.all(r, r.verbs.all(v, now.getHours("Europe/Berlin") == 13))', { rules })).toThrow('steps')
})
