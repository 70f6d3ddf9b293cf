import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { ageSeconds, readGauge } from '../../server/metrics.ts'

it('a gauge is read at each collection', async () => {
  const registry = new Registry()
  let value = 1
  readGauge(registry, { name: 'jit_test', help: 'A test.' }, () => value)
  expect(await registry.metrics()).toContain('jit_test 1')
  value = 2
  expect(await registry.metrics()).toContain('jit_test 2')
})
it('an age that is not known is -1', () => {
  expect([0, 1500, Infinity, NaN].map(ageSeconds)).toEqual([0, 1.5, -1, -1])
})
