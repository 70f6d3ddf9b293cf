import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { MAX_MARKS, WordTable } from '../../../../../domain/mask/match/strength/word-table.ts'

/** Few letters, so that words begin, end and hold each other. */
const word = fc.string({ unit: fc.constantFrom('a', 'b', '\n', 'é', '☃'), minLength: 1, maxLength: 6 })
const marks = fc.integer({ min: 1, max: MAX_MARKS })
const known = fc.record({ marks, rank: fc.integer({ min: 0, max: 100_000 }) })

describe('WordTable', () => {
  it('is like a map of words', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, known)), fc.array(word), marks, (entries, others, some) => {
        const map = new Map(entries)
        const table = new WordTable(map)
        for (const each of [...map.keys(), ...others, '']) {
          expect(table.marksOf(each)).toBe(map.get(each)?.marks ?? 0)
          expect(table.rankOf(each)).toBe(map.get(each)?.rank ?? 0)
        }
        expect(table.longest).toBe(Math.max(0, ...[...map.keys()].map(({ length }) => length)))
        const marked = [...map].filter(([, has]) => (has.marks & some) !== 0).map(([each]) => each)
        expect([...table.marked(some)].toSorted()).toEqual(marked.toSorted())
      }),
    )
  })

  it('takes no word that is too long', () => {
    expect(() => new WordTable(new Map([['x'.repeat(256), { marks: 1, rank: 1 }]]))).toThrow(RangeError)
  })
})
