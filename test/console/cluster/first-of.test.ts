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
      expect([first.left(), first.kept()]).toEqual([Math.max(0, all.length - most), all.slice(0, most)])
    }),
  ))
it('counts the others also before it is asked for the first, and holds few of them', () => {
  let compared = 0
  const first = createFirstOf<number>(3, (one, other) => {
    compared += 1
    return one - other
  })
  first.add([0, 1, 2, 3, 4])
  expect(first.left()).toBe(2)
  for (let index = 5; index < 1000; index += 1) first.add([index])
  expect([compared > 0, first.left()]).toEqual([true, 997])
  expect(first.kept()).toEqual([0, 1, 2])
})
