import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { findRequestName } from '../../../gateway/hold/hold-name.ts'
import { heldOf } from './hold-fixture.ts'

const { held } = heldOf()
const requestOf = (name: string, decided: boolean): AccessRequest => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name },
  spec: {
    requester: { username: held.asked.caller.identity.username },
    operation: { method: 'DELETE', path: '/x', digest: held.digest },
  },
  status: { conditions: decided ? [{ type: 'Denied', status: 'True' }] : [] },
})

const numberOf = (name: string): number => Number(/-(\d+)$/.exec(name)?.[1])

/** A fake store in which the names with these numbers are taken. */
function storeOf(taken: ReadonlySet<number>, pending?: number) {
  let reads = 0
  const read = (name: string): Promise<AccessRequest | undefined> => {
    reads++
    const number = numberOf(name)
    return Promise.resolve(taken.has(number) || number === pending ? requestOf(name, number !== pending) : undefined)
  }
  return { requests: { read, nowMs: () => 0 }, reads: () => reads }
}

it('finds a free name in few reads, for any number of decided requests', () =>
  fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 20_000 }), async (gone, count) => {
      // The oldest requests were removed after their retention.
      const taken = new Set(Array.from({ length: count }, (_, at) => gone + at + 1))
      const store = storeOf(taken)
      const place = await findRequestName(held, store.requests)
      if (!('free' in place)) throw new Error('none waits')
      expect(taken.has(numberOf(place.free))).toBe(false)
      expect(store.reads()).toBeLessThan(40)
    }),
  ))

it('two concurrent replicas find the same name', async () => {
  const taken = new Set(Array.from({ length: 77 }, (_, at) => at + 1))
  expect(await findRequestName(held, storeOf(taken).requests)).toEqual(await findRequestName(held, storeOf(taken).requests))
})

it('finds the pending request when it is the newest', async () => {
  for (const count of [0, 1, 63, 64, 65]) {
    const taken = new Set(Array.from({ length: count }, (_, at) => at + 1))
    const place = await findRequestName(held, storeOf(taken, count + 1).requests)
    expect(place, String(count)).toHaveProperty('pending')
  }
})
