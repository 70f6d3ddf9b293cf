import { expect, it } from 'vitest'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { createExpensiveConditions } from '../../../gateway/policy-status/expensive-conditions.ts'

const policy = (name: string, condition: string, said?: number): AccessPolicy => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessPolicy',
  metadata: { name, generation: 2 },
  spec: { subjects: [], rules: [{ name: 'r', effect: 'Deny', match: { condition } }] },
  ...(said === undefined ? {} : { status: { conditions: [{ type: 'Affordable', status: 'False', observedGeneration: said }] } }),
})

it('checks the policies that hold the condition and do not report it for their generation', () => {
  const looked: string[] = []
  const policies = [policy('a', 'dear'), policy('b', 'cheap'), policy('c', 'dear', 2), policy('d', 'dear', 1)]
  const expensive = createExpensiveConditions({ list: () => policies }, (name) => looked.push(name))
  expensive.told('dear')
  expect(looked).toEqual(['a', 'd'])
  expect([expensive.has('dear'), expensive.has('cheap')]).toEqual([true, false])
})

it('keeps a bounded number of conditions', () => {
  const expensive = createExpensiveConditions({ list: () => [] }, () => {})
  for (let index = 0; index < 5000; index++) expensive.told(`${index}`)
  expect(Array.from({ length: 5000 }, (_, index) => index).filter((index) => expensive.has(`${index}`)).length).toBeLessThanOrEqual(1024)
})
