import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { WordTable } from '../../../domain/mask/match/strength/word-table.ts'

/** Few letters, so that words begin, end and hold each other. */
const word = fc.string({ unit: fc.constantFrom('a', 'b', '\n', 'é', '☃'), minLength: 1, maxLength: 6 })
const marks = fc.integer({ min: 1, max: 15 })

describe('WordTable', () => {
  it('is like a map of marks', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, marks)), fc.array(word), marks, (entries, others, some) => {
        const map = new Map(entries)
        const table = new WordTable(map)
        for (const each of [...map.keys(), ...others, '']) expect(table.marksOf(each)).toBe(map.get(each) ?? 0)
        const marked = [...map].filter(([, has]) => (has & some) !== 0).map(([each]) => each)
        expect([...table.marked(some)].toSorted()).toEqual(marked.toSorted())
      }),
    )
  })

  it('takes no word that is too long', () => {
    expect(() => new WordTable(new Map([['x'.repeat(256), 1]]))).toThrow(RangeError)
  })
})
