import { describe, expect, it } from 'vitest'
import { createValuesHealth } from '../../../../gateway/mask/values/values-health.ts'

function setup() {
  const state = { ready: true, synced: true, staleForMs: 0 }
  const health = createValuesHealth({ synced: () => state.synced, staleForMs: () => state.staleForMs }, () => state.ready)
  return { state, health }
}

describe('the values are known', () => {
  it('while Secrets are watched, even if there are none', () => {
    const { health } = setup()
    expect([health.ok(), health.outdatedForMs()]).toEqual([true, 0])
  })
  it('for a short time after a watch broke', () => {
    const { state, health } = setup()
    state.staleForMs = 10_000
    expect(health.ok()).toBe(true)
  })
})

describe('the values are unknown', () => {
  it('before Secrets were read', () => {
    const { state, health } = setup()
    state.synced = false
    expect([health.ok(), health.outdatedForMs()]).toEqual([false, Number.POSITIVE_INFINITY])
  })
  it('when the watch has been broken for longer', () => {
    const { state, health } = setup()
    state.staleForMs = 10_001
    expect(health.ok()).toBe(false)
    state.staleForMs = 0
    expect(health.ok()).toBe(true)
  })
  it('before all values were learned once', () => {
    const { state, health } = setup()
    state.ready = false
    expect([health.ok(), health.outdatedForMs()]).toEqual([false, Number.POSITIVE_INFINITY])
  })
})
