/** zxcvbn, with the words of operations among its dictionaries. It takes about a millisecond, so it judges what is not clear. */
import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { readDictionaries } from './dictionaries.ts'
import { operationsWords } from './vocabulary.ts'

/** zxcvbn looks at so many characters. */
export const MAX_JUDGED = 64
/** Enough for `P@ssw0rd`; each more doubles the time that a hostile value takes. */
const SUBSTITUTIONS = 2

let estimator: ZxcvbnFactory | undefined

export type Guesses = {
  /** log10 of the guesses for a text as a whole. */
  readonly whole: number
  /** The same without those parts that a word, date, repetition or keyboard pattern explains. */
  readonly rest: number
}

export function guess(text: string): Guesses {
  estimator ??= createEstimator()
  const { sequence, guessesLog10 } = estimator.check(text.slice(0, MAX_JUDGED))
  const rest = sequence.reduce((sum, match) => sum + (match.pattern === 'bruteforce' ? Math.max(match['guessesLog10'] as number, 0) : 0), 0)
  return { whole: guessesLog10, rest }
}

/** It copies the words into tables of its own. */
function createEstimator(): ZxcvbnFactory {
  return readDictionaries(
    ({ words, graphs }) =>
      new ZxcvbnFactory({
        dictionary: { ...words, operations: operationsWords() },
        graphs,
        l33tMaxSubstitutions: SUBSTITUTIONS,
        maxLength: MAX_JUDGED,
      }),
  )
}
