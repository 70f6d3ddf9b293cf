import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createFirstOf } from '../../../console/cluster/first-of.ts'

it('keeps the first in the order, wherever they come, and counts the others', () =>
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(50), { maxLength: 8 })), fc.integer({ min: 1, max: 10 }), (pages, most) => {
      const first = createFirstOf<number>(most, (one, other) => one - other)
      for (const page of pages) {
        first.add(page)
        expect(first.kept().length).toBeLessThanOrEqual(most)
      }
      const all = pages.flat().toSorted((one, other) => one - other)
      expect([first.kept(), first.left()]).toEqual([all.slice(0, most), Math.max(0, all.length - most)])
    }),
  ))
