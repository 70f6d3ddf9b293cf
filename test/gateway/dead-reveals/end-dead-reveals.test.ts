import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { AccessRequest } from '../../../domain/access-request.ts'
import type { Reveal } from '../../../domain/rules.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { endDeadReveals, type DeadReveals } from '../../../gateway/dead-reveals/end-dead-reveals.ts'
import type { Secret } from '../../../gateway/mask/secret-learner.ts'

const pending = (reveal: readonly Reveal[], more: Partial<AccessRequest['spec']> = {}, uid = 'u'): AccessRequest => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name: 'r', uid },
  spec: { requester: { username: 'oidc:agent' }, reveal, ...more },
})
const db = (...keys: readonly string[]): Reveal => ({ namespace: 'shop', secret: 'db', keys })

let nowMs = 0
let requests: readonly AccessRequest[] = []
let stale = { requests: 0, secrets: 0 }
let mayKnow: () => Promise<boolean>
let failing: () => Promise<void>
let keeper: DeadReveals
const secrets = new Map<string, Secret>()
const ended: string[] = []

const view = <T>(list: () => readonly T[], get: (key: string) => T | undefined, staleForMs: () => number) => ({
  list,
  get,
  synced: () => true,
  staleForMs,
})
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    nowMs += 1_000
    await vi.advanceTimersByTimeAsync(1_000)
  }
}
beforeEach(() => {
  vi.useFakeTimers()
  nowMs = 1_000_000
  stale = { requests: 0, secrets: 0 }
  mayKnow = () => Promise.resolve(true)
  failing = () => Promise.resolve()
  ended.length = 0
  secrets.clear()
  secrets.set('shop/db', { metadata: { name: 'db', namespace: 'shop' }, data: { password: 'eA==' } })
  keeper = endDeadReveals({
    requests: view(
      () => requests,
      () => undefined,
      () => stale.requests,
    ),
    secrets: view(
      () => [...secrets.values()],
      (key) => secrets.get(key),
      () => stale.secrets,
    ),
    clock: { nowMs: () => nowMs },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    mayKnow: () => mayKnow(),
    fail: async (_, why) => {
      await failing()
      ended.push(why)
    },
  })
  keeper.start()
})
afterEach(() => {
  keeper.stop()
  vi.useRealTimers()
})

it.each([
  ['a key that is not there', [db('passwrod')], 'Secret "shop/db" has no key "passwrod"'],
  ['a Secret that is not there', [{ ...db('password'), secret: 'other' }], 'there is no Secret "other" in namespace "shop"'],
  ['what every object has', [db('constructor')], 'has no key "constructor"'],
])('a request for %s ends, once', async (_, reveal, why) => {
  requests = [pending(reveal)]
  await pass(60_000)
  expect(ended).toEqual([expect.stringContaining(why)])
})

it.each<readonly [string, AccessRequest]>([
  ['for a key that is there', pending([db('password', 'passwrod')])],
  ['that asks for something else too', pending([db('passwrod')], { rules: [{ verbs: ['get'], resources: ['pods'] }] })],
  ['that is decided', { ...pending([db('passwrod')]), status: { conditions: [{ type: 'Approved', status: 'True' }] } }],
  ['for another cluster', pending([db('passwrod')], { cluster: 'elsewhere' })],
])('a request %s is left', async (_, request) => {
  requests = [request]
  await pass(60_000)
  expect(ended).toEqual([])
})

it('a Secret that is made anew between two looks ends nothing', async () => {
  requests = [pending([db('password')])]
  const [live] = secrets.values()
  for (let count = 0; count < 5; count++) {
    secrets.clear()
    await pass(5_000)
    if (live !== undefined) secrets.set('shop/db', live)
    await pass(5_000)
  }
  expect(ended).toEqual([])
  secrets.clear()
  await pass(15_000)
  expect(ended).toHaveLength(1)
})

it('a requester who may not know the keys is told nothing, and asked about once', async () => {
  let asked = 0
  mayKnow = () => Promise.resolve(++asked < 0)
  requests = [pending([db('passwrod')])]
  await pass(60_000)
  expect([ended, asked]).toEqual([[], 1])
})

it('what cannot be asked is asked again, and is no yes', async () => {
  mayKnow = () => Promise.reject(new Error('away'))
  requests = [pending([db('passwrod')])]
  await pass(30_000)
  expect(ended).toEqual([])
  mayKnow = () => Promise.resolve(true)
  await pass(15_000)
  expect(ended).toHaveLength(1)
})

it.each(['requests', 'secrets'] as const)('nothing ends while the view of %s is stale', async (which) => {
  requests = [pending([db('passwrod')])]
  stale = { ...stale, [which]: 1 }
  await pass(30_000)
  expect(ended).toEqual([])
})

it('somebody who was faster is no trouble', async () => {
  failing = () => Promise.reject(new StatusError('Conflict', 'the object has been modified'))
  requests = [pending([db('passwrod')])]
  await pass(30_000)
  expect(ended).toEqual([])
})
