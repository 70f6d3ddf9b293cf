import fc from 'fast-check'
import { expect, it } from 'vitest'
import { countValues } from '../../../../apiserver/machinery/http/count-values.ts'

const inside = (value: unknown): readonly unknown[] => (typeof value === 'object' && value !== null ? Object.values(value) : [])
const valuesIn = (value: unknown): number => inside(value).reduce<number>((sum, each) => sum + valuesIn(each), 1)
const emptyIn = (value: unknown): number =>
  inside(value).reduce<number>((sum, each) => sum + emptyIn(each), typeof value === 'object' && value !== null && inside(value).length === 0 ? 1 : 0)

it('counts each value once, and an empty object or list twice, whatever is in the texts and names', () => {
  const text = fc.string({ unit: fc.constantFrom('"', '\\', ',', '[', '{', '\n', 'a', 'ü', '\u{1f600}'), maxLength: 8 })
  const { value } = fc.letrec<{ readonly value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.constantFrom(1, null, true),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(value, fc.constantFrom(0, 2), (given, indent) => {
      expect(countValues(Buffer.from(JSON.stringify(given, undefined, indent)))).toBe(valuesIn(given) + emptyIn(given))
    }),
  )
})
it('ends at the end of what is not JSON', () => {
  for (const text of ['', '"', '"\\', 'a: "b', "it's, [two"]) expect(countValues(Buffer.from(text))).toBeLessThanOrEqual(text.length + 1)
})
