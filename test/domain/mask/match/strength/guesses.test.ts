import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { zxcvbnLists } from '../../zxcvbn-lists.ts'
import { guess } from '../../../../../domain/mask/match/strength/guesses.ts'
import { KUBERNETES_WORDS } from '../../../../../domain/mask/match/strength/kubernetes-words.ts'
import { SOFTWARE_WORDS } from '../../../../../domain/mask/match/strength/software-words.ts'

const operations = [...new Set(`${KUBERNETES_WORDS} ${SOFTWARE_WORDS}`.trim().split(/\s+/))]
const original = new ZxcvbnFactory({
  dictionary: { ...(zxcvbnLists as Record<string, (string | number)[]>), operations },
  graphs: adjacencyGraphs,
  l33tMaxSubstitutions: 2,
  maxLength: 64,
})

const all = Object.values(zxcvbnLists).flat().map(String)
const listed = fc.nat({ max: all.length - 1 }).map((index) => all[index] as string)
const mangle = (text: string): string => text.replaceAll('a', '@').replaceAll('e', '3')
const part = fc.oneof(
  listed,
  listed.map((word) => word.toUpperCase()),
  listed.map(mangle),
  fc.constantFrom(...operations),
  fc.constantFrom('january', 'february', 'one', 'two', '2024', '-', '_', 'qwerty'),
  fc.string({ maxLength: 4 }),
)

it('estimates as zxcvbn does with all dictionaries as lists', () => {
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('').slice(0, 24)),
      (text) => {
        // Properties of every object: zxcvbn takes them for ranks.
        fc.pre(!/constructor|__|valueof|tostring/i.test(text))
        expect(guess(text).whole).toBeCloseTo(original.check(text).guessesLog10, 6)
      },
    ),
    { numRuns: 200 },
  )
})

it('knows no word that is only a property of every object', () => {
  for (const text of ['constructor', '__proto__', 'hasownproperty']) expect(guess(text).whole).toBeGreaterThan(0)
})

it('keeps no copy of the long lists in the heap', () => {
  expect(dictionary['passwords-common']).toEqual([])
})
