import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { followObservations } from '../../../controller/policy-status/gateway-observations.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { MAX_OBSERVED } from '../../../domain/policy/status/gateway-observations.ts'
import { createObservations } from '../../../gateway/record/observations.ts'

const policy = (name: string, condition: string, reported?: number): AccessPolicy => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessPolicy',
  metadata: { name, generation: 2 },
  spec: { subjects: [], rules: [{ name: 'r', effect: 'Deny', match: { condition } }] },
  ...(reported === undefined ? {} : { status: { conditions: [{ type: 'Affordable', status: 'False', observedGeneration: reported }] } }),
})
const POLICIES = [policy('a', 'dear'), policy('b', 'cheap'), policy('c', 'dear', 2), policy('d', 'dear', 1)]

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function fixture(gateway = createObservations('run')) {
  const suspected: string[] = []
  const reads: boolean[] = []
  const state = { leads: true, gateway, text: undefined as string | undefined, late: undefined as Promise<string> | undefined, asked: 0 }
  const followed = followObservations({
    read: () => {
      state.asked += 1
      return state.late ?? (state.text === 'away' ? Promise.reject(new Error('away')) : Promise.resolve(state.text ?? state.gateway.text()))
    },
    policies: { list: () => POLICIES },
    leads: () => state.leads,
    suspect: (name) => suspected.push(name),
    onRead: (error) => reads.push(error === undefined),
  })
  followed.start()
  return { state, followed, reads, since: () => suspected.splice(0), pass: () => vi.advanceTimersByTimeAsync(1_001) }
}

describe('the observations of a gateway', () => {
  it('lead to a check of the policies that hold an expensive condition and do not report it for their generation', async () => {
    const { state, followed, pass, since } = fixture()
    await pass()
    expect([followed.isExpensive('dear'), since()]).toEqual([false, []])
    state.gateway.tooExpensive('dear')
    await pass()
    expect([followed.isExpensive('dear'), followed.isExpensive('cheap')]).toEqual([true, false])
    expect(since()).toEqual(['a', 'd'])
    state.gateway.tooExpensive('dear')
    await pass()
    expect(since()).toEqual([])
  })

  it('lead to a check of a policy after each refused impersonation, also after a restart of the gateway', async () => {
    const { state, pass, since } = fixture()
    state.gateway.refused('b')
    state.gateway.refused('unknown')
    await pass()
    expect(since()).toEqual(['b'])
    await pass()
    expect(since()).toEqual([])
    state.gateway.refused('b')
    await pass()
    expect(since()).toEqual(['b'])
    state.gateway = createObservations('next')
    state.gateway.refused('b')
    await pass()
    expect(since()).toEqual(['b'])
  })

  it('are kept up to a bound, the newest of them', async () => {
    const { state, followed, pass } = fixture()
    state.gateway.tooExpensive('dear')
    await pass()
    const others = Array.from({ length: MAX_OBSERVED }, (_, index) => `condition ${index}`)
    state.gateway = createObservations('next')
    for (const each of others) state.gateway.tooExpensive(each)
    await pass()
    expect(followed.isExpensive('dear')).toBe(false)
    expect(others.filter((each) => !followed.isExpensive(each))).toEqual([])
  })

  it('stay known while the gateway cannot be read', async () => {
    const { state, followed, pass, reads } = fixture()
    state.gateway.tooExpensive('dear')
    await pass()
    state.text = 'away'
    await pass()
    expect(reads.at(-1)).toBe(false)
    expect(followed.isExpensive('dear')).toBe(true)
  })

  it('that arrive after the end of the leadership are ignored', async () => {
    const { state, followed, pass, reads } = fixture()
    await pass()
    const count = reads.length
    state.gateway.tooExpensive('dear')
    const late = Promise.withResolvers<string>()
    state.late = late.promise
    await pass()
    state.leads = false
    late.resolve(state.gateway.text())
    await pass()
    expect([followed.isExpensive('dear'), reads.length]).toEqual([false, count])
  })

  it('are not read by a replica that does not lead', async () => {
    const { state, pass } = fixture()
    await pass()
    const count = state.asked
    expect(count).toBeGreaterThan(0)
    state.leads = false
    await pass()
    expect(state.asked).toBe(count)
    state.leads = true
    await pass()
    expect(state.asked).toBe(count + 1)
  })

  it.each(['', '{}', 'null', '{"expensive":["dear"],"refused":{}}', '{"expensive":[],"refused":{"b":"1"}}', '{"expensive":[],"refused":null}'])(
    'are ignored as a whole if they are not valid: %s',
    async (text) => {
      const { state, pass, since, reads } = fixture()
      await pass()
      state.text = text
      await pass()
      expect([reads.at(-1), since()]).toEqual([false, []])
    },
  )
})
