import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FairCounts } from '../../server/fair-counts.ts'

it('reserves capacity for keys with a low count, whatever a few keys with a high count do', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 16, max: 512 }),
      fc.array(fc.record({ key: fc.integer({ min: 1, max: 8 }), more: fc.integer({ min: 1, max: 64 }), leaves: fc.boolean() }), { maxLength: 400 }),
      (each, steps) => {
        // In the same proportion as the limits of the gateway.
        const counts = new FairCounts<number>(each, each * 8)
        const held = new Map<number, number>()
        for (const { key, more, leaves } of steps) {
          const own = held.get(key) ?? 0
          const change = leaves ? -Math.min(own, more) : more
          if (change > 0 && counts.full(key, change) !== undefined) continue
          counts.add(key, change)
          held.set(key, own + change)
        }
        const total = [...held.values()].reduce((sum, own) => sum + own, 0)
        expect(counts.total).toBe(total)
        expect(total).toBeLessThanOrEqual(each * 8)
        for (const own of held.values()) expect(own).toBeLessThanOrEqual(each)
        expect(counts.full(9, 1)).toBeUndefined()
      },
    ),
  ))

it('lets a single key use its whole limit', () => {
  const counts = new FairCounts<string>(256, 2048)
  for (let taken = 0; taken < 256; taken++) {
    expect(counts.full('a', 1)).toBeUndefined()
    counts.add('a', 1)
  }
  expect(counts.full('a', 1)).toBe('own')
})

it('enforces the total limit for any number of keys', () => {
  const counts = new FairCounts<number>(16, 256)
  let taken = 0
  for (let key = 0; key < 1000; key++)
    while (counts.full(key, 1) === undefined) {
      counts.add(key, 1)
      taken++
    }
  expect(taken).toBe(256)
})

it('counts and refuses as a list of all entries does', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 256 }),
      fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), more: fc.integer({ min: 1, max: 16 }), leaves: fc.boolean() }), {
        minLength: 40,
        maxLength: 200,
      }),
      (each, all, steps) => {
        const counts = new FairCounts<string>(each, all)
        const entries: { readonly key: string; readonly more: number }[] = []
        const sum = (key?: string): number => entries.reduce((total, entry) => total + (key === undefined || entry.key === key ? entry.more : 0), 0)
        for (const { key, more, leaves } of steps) {
          if (leaves) {
            const at = entries.findIndex((entry) => entry.key === key)
            if (at >= 0) counts.add(key, -(entries.splice(at, 1)[0]?.more ?? 0))
          } else {
            const [own, total] = [sum(key) + more, sum() + more]
            const isHigh = own > 1 && own > each / 16
            expect(counts.full(key, more)).toBe(own > each ? 'own' : total > all || (total > (all * 3) / 4 && isHigh) ? 'all' : undefined)
            if (counts.full(key, more) !== undefined) continue
            counts.add(key, more)
            entries.push({ key, more })
          }
          expect(counts.total).toBe(sum())
        }
      },
    ),
  ))
