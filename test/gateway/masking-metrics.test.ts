import { randomBytes } from 'node:crypto'
import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { MAX_SECRET_PARTS } from '../../domain/mask/match/search-budget.ts'
import { createKnownValues } from '../../domain/mask/match/known-values.ts'
import { maskingMetrics } from '../../gateway/masking-metrics.ts'

const random = (): Buffer => Buffer.from(randomBytes(18).toString('base64url'))
const value = (index: number) => ({ namespace: 'canary-namespace', secret: 'canary-secret', key: `canary-key-${index}`, value: random() })
const nothing = { known: createKnownValues([]), lateNamespaces: () => 0, guessable: () => new Map<string, number>(), outdatedForMs: () => 0 }

it('exports the number of guessable credentials by namespace, and drops a namespace without any', async () => {
  const registry = new Registry()
  let guessable = new Map([
    ['shop', 2],
    ['prod', 1],
  ])
  maskingMetrics(registry, { ...nothing, guessable: () => guessable, outdatedForMs: () => 0 })
  expect(await registry.metrics()).toContain('jit_gateway_guessable_credentials{namespace="shop"} 2')
  guessable = new Map([['prod', 1]])
  const text = await registry.metrics()
  expect(text).not.toContain('shop')
  expect(text).toContain('jit_gateway_guessable_credentials{namespace="prod"} 1')
})

it.each([
  [0, '0'],
  [12_500, '12.5'],
  [Number.POSITIVE_INFINITY, '-1'],
])('exports the age of the known values: %d ms', async (age, expected) => {
  const registry = new Registry()
  maskingMetrics(registry, { ...nothing, guessable: () => new Map(), outdatedForMs: () => age })
  expect(await registry.metrics()).toContain(`jit_gateway_secret_values_age_seconds ${expected}\n`)
})

it('exports the number of values that are not searched for by reason, without names', async () => {
  const registry = new Registry()
  const known = createKnownValues(Array.from({ length: MAX_SECRET_PARTS + 2 }, (_, index) => value(index)))
  maskingMetrics(registry, { ...nothing, known, lateNamespaces: () => 1 })
  const text = await registry.metrics()
  expect(text).toContain('jit_gateway_secret_values_not_searched{reason="too many values in the Secret"} 2')
  expect(text).toContain('jit_gateway_late_namespaces 1')
  expect(text).not.toContain('canary')
  for (const learned of Array.from(known.notSearched)) known.forget(learned)
  expect(await registry.metrics()).not.toContain('reason=')
})
