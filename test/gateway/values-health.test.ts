import { describe, expect, it } from 'vitest'
import { createValuesHealth } from '../../gateway/mask/values-health.ts'

function world() {
  const state = { nowMs: 0, synced: true, staleForMs: 0 }
  const health = createValuesHealth({ synced: () => state.synced, staleForMs: () => state.staleForMs }, { nowMs: () => state.nowMs })
  return { state, health }
}

describe('the values are known', () => {
  it('while Secrets are watched, also when there is no Secret to take in', () => {
    const { health } = world()
    expect([health.ok(), health.outdatedForMs()]).toEqual([true, 0])
  })
  it('while a watch that broke may come back', () => {
    const { state, health } = world()
    state.staleForMs = 10_000
    expect(health.ok()).toBe(true)
  })
  it('while a build that failed may succeed the next time', () => {
    const { state, health } = world()
    health.failed()
    state.nowMs = 10_000
    health.failed()
    expect(health.ok()).toBe(true)
  })
})

describe('they are not', () => {
  it('before Secrets were read', () => {
    const { state, health } = world()
    state.synced = false
    expect([health.ok(), health.outdatedForMs()]).toEqual([false, Number.POSITIVE_INFINITY])
  })
  it('when the watch was away for longer', () => {
    const { state, health } = world()
    state.staleForMs = 10_001
    expect(health.ok()).toBe(false)
    state.staleForMs = 0
    expect(health.ok()).toBe(true)
  })
  it('when every build has failed for longer, until one succeeds', () => {
    const { state, health } = world()
    health.failed()
    state.nowMs = 9_000
    health.failed()
    state.nowMs = 10_001
    expect([health.ok(), health.outdatedForMs()]).toEqual([false, 10_001])
    health.built()
    expect([health.ok(), health.outdatedForMs()]).toEqual([true, 0])
  })
})
