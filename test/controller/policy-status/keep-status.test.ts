import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { createPolicyStatusController, type StatusKeeper } from '../../../controller/policy-status/keep-status.ts'
import type { Change } from '../../../kube/informer.ts'

let nowMs = 0
let stale = 0
let works = true
let leads = true
const policies = new Map<string, AccessPolicy>()
const listeners = new Set<(change: Change<AccessPolicy>) => void>()
const looks: string[] = []
let keeper: StatusKeeper

const policy = (name: string, generation = 1): AccessPolicy => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessPolicy',
  metadata: { name, generation, uid: 'u' },
  spec: { subjects: [] },
})
function put(object: AccessPolicy): void {
  const old = policies.get(object.metadata.name)
  policies.set(object.metadata.name, object)
  for (const listener of listeners) listener({ type: old === undefined ? 'ADDED' : 'MODIFIED', object, ...(old === undefined ? {} : { old }) })
}
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    nowMs += 500
    await vi.advanceTimersByTimeAsync(500)
  }
}
/** The policies checked since the last call. */
const since = (): readonly string[] => looks.splice(0)

beforeEach(() => {
  vi.useFakeTimers()
  policies.clear()
  listeners.clear()
  looks.length = 0
  nowMs = 1_000_000
  stale = 0
  works = true
  leads = true
  keeper = createPolicyStatusController({
    clock: { nowMs: () => nowMs },
    policies: {
      list: () => [...policies.values()],
      get: (name) => policies.get(name),
      synced: () => true,
      staleForMs: () => stale,
      subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    },
    leads: () => leads,
    look: ({ metadata }) => (looks.push(metadata.name), Promise.resolve(works)),
  })
  keeper.start()
})
afterEach(() => {
  keeper.stop()
  vi.useRealTimers()
})

it('checks a new policy at once, and a working policy every minute', async () => {
  put(policy('a'))
  await pass(500)
  expect(since()).toEqual(['a'])
  await pass(58_000)
  expect(since()).toEqual([])
  await pass(4_000)
  expect(since()).toEqual(['a'])
})

it('checks a policy at once when its spec changes, and not when its status changes', async () => {
  put(policy('a'))
  await pass(500)
  since()
  put({ ...policy('a'), status: { conditions: [] } })
  await pass(2_000)
  expect(since()).toEqual([])
  put(policy('a', 2))
  await pass(500)
  expect(since()).toEqual(['a'])
})

it('checks a policy that cannot work every few seconds', async () => {
  works = false
  put(policy('a'))
  await pass(21_000)
  expect(looks.length).toBeGreaterThanOrEqual(4)
  expect(looks.length).toBeLessThanOrEqual(5)
})

it('checks a policy when its requests fail, at most once a second', async () => {
  put(policy('a'))
  await pass(5_000)
  since()
  for (let count = 0; count < 100; count++) keeper.suspect('a')
  await pass(500)
  for (let count = 0; count < 100; count++) keeper.suspect('a')
  await pass(500)
  expect(since()).toEqual(['a'])
})

it('checks again when requests fail right after a check', async () => {
  put(policy('a'))
  await pass(500)
  since()
  keeper.suspect('a')
  await pass(4_000)
  expect(since()).toEqual(['a'])
})

it('checks nothing while another process leads, and every policy once it leads', async () => {
  leads = false
  put(policy('a'))
  keeper.suspect('a')
  await pass(3_000)
  expect(since()).toEqual([])
  leads = true
  await pass(1_500)
  expect(since()).toEqual(['a'])
})

it('checks nothing while the view is stale', async () => {
  stale = 1
  put(policy('a'))
  await pass(3_000)
  expect(since()).toEqual([])
  stale = 0
  await pass(1_500)
  expect(since()).toEqual(['a'])
})
