import fc from 'fast-check'
import { expect, it } from 'vitest'
import { contains } from '../../../gateway/arrive/contains.ts'
import { costExponent, LINEAR } from '../../measure/processor-cost.ts'

it('agrees with includes', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 40 })
  fc.assert(
    fc.property(text, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 }), (whole, part) => contains(whole, part) === whole.includes(part)),
    { numRuns: 2000 },
  )
})

it.each([
  ['a letter in the middle', (half: string) => `${half}b${half}`],
  ['a letter in front', (half: string) => `b${half}${half}`],
  ['a letter at the end', (half: string) => `${half}${half}b`],
])('takes linear time for a text of one letter, with %s', async (_, partOf) => {
  const search = (size: number): boolean => contains('a'.repeat(size * 6), partOf('a'.repeat(size / 2)))
  expect(await costExponent(search, [1 << 15, 1 << 18], 3)).toBeLessThan(LINEAR)
})
