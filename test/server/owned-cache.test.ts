import fc from 'fast-check'
import { expect, it } from 'vitest'
import { OwnedCache } from '../../server/owned-cache.ts'

const OWNERS = ['a', 'b', 'c', 'd'] as const
const EACH = 3

const step = fc.record({
  owner: fc.constantFrom(...OWNERS),
  key: fc.integer({ min: 0, max: 9 }).map(String),
  action: fc.constantFrom('set', 'set', 'set', 'get', 'delete'),
  value: fc.integer(),
})

/** One owner alone: the keys that it set last, without those that it deleted. */
function modelOf(owner: string, steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[]): ReadonlyMap<string, number> {
  const model = new Map<string, number>()
  for (const { action, key, value } of steps.filter((each) => each.owner === owner)) {
    if (action === 'get') continue
    model.delete(key)
    if (action === 'set') model.set(key, value)
    if (model.size > EACH) model.delete([...model.keys()][0] ?? '')
  }
  return model
}

it('keeps the entries of an owner, whatever other owners do', () =>
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 200 }), (steps) => {
      const cache = new OwnedCache<number>({ owners: OWNERS.length, each: EACH })
      for (const { owner, key, action, value } of steps) {
        if (action === 'set') cache.set(owner, key, value)
        else if (action === 'get') cache.get(owner, key)
        else cache.delete(owner, key)
      }
      const kept = new Map(cache.owners())
      for (const owner of OWNERS) {
        const model = modelOf(owner, steps)
        expect([...(kept.get(owner) ?? [])]).toEqual([...model])
        for (let key = 0; key < 10; key++) expect(cache.get(owner, `${key}`)).toBe(model.get(`${key}`))
      }
    }),
  ))

it('never holds more than its bounds, and drops the least recently used owner first', () => {
  const cache = new OwnedCache<number>({ owners: 2, each: EACH })
  for (const owner of OWNERS) for (let key = 0; key < 10; key++) cache.set(owner, `${key}`, key)
  expect([...cache.owners()].map(([owner, entries]) => [owner, [...entries.keys()]])).toEqual([
    ['c', ['7', '8', '9']],
    ['d', ['7', '8', '9']],
  ])
  cache.get('c', '9')
  cache.set('e', '0', 0)
  expect([...cache.owners()].map(([owner]) => owner)).toEqual(['c', 'e'])
})
