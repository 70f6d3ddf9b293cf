import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { createKnownValues } from '../../domain/mask/match/known-values.ts'
import { maskingMetrics } from '../../gateway/masking-metrics.ts'
import { gatewayMetrics } from '../../gateway/metrics.ts'

it('says how many credentials can be guessed where, and forgets a namespace that has none', async () => {
  const registry = new Registry()
  let guessable = new Map([
    ['shop', 2],
    ['prod', 1],
  ])
  maskingMetrics(registry, { guessable: () => guessable, outdatedForMs: () => 0 })
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
])('says how old the known values are: %d ms', async (age, expected) => {
  const registry = new Registry()
  maskingMetrics(registry, { guessable: () => new Map(), outdatedForMs: () => age })
  expect(await registry.metrics()).toContain(`jit_gateway_secret_values_age_seconds ${expected}\n`)
})

it('says how many values are not searched for and why, and names none of them', async () => {
  const registry = new Registry()
  const metrics = gatewayMetrics(registry, { inFlight: () => 0, streams: () => 0 })
  const source = { namespace: 'canary-namespace', secret: 'canary-secret', key: 'canary-key' }
  const known = createKnownValues([])
  const skipped = (['too short', 'too short', 'common word'] as const).map((reason) => ({ ...source, reason }))
  metrics.valuesBuilt({ ...known, skipped }, 1)
  const text = await registry.metrics()
  expect(text).toContain('jit_gateway_secret_values_not_searched{reason="too short"} 2')
  expect(text).toContain('jit_gateway_secret_values_not_searched{reason="common word"} 1')
  expect(text).not.toContain('canary')
  metrics.valuesBuilt(known, 1)
  expect(await registry.metrics()).not.toContain('reason="too short"')
})
