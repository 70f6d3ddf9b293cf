/** zxcvbn, with operations vocabulary added to its dictionaries. A call takes about a millisecond, so it is used only for unclear texts. */
import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, longestWord, rankOf, sequences } from './vocabulary.ts'

/** Maximum number of characters that zxcvbn examines. */
export const MAX_JUDGED = 64
/** Enough for `P@ssw0rd`. Each further substitution doubles the time that a hostile value takes. */
const SUBSTITUTIONS = 2

let estimator: ZxcvbnFactory | undefined

export type GuessCount = {
  /** log10 of the number of guesses for the whole text. */
  readonly whole: number
  /** The same without the parts that a word, date, repetition or keyboard pattern explains. */
  readonly rest: number
}

/**
 * zxcvbn keeps each dictionary as an object with a property per word. Here all long ones are one object that reads the table of words: the
 * guesses are the same, since zxcvbn uses the best rank, and 30 MB of heap, which every garbage collection would visit, are not needed.
 */
const rankedWords = new Proxy<Record<string, number>>(
  {},
  {
    get: (_, word) => (typeof word === 'string' ? rankOf(word) : undefined),
    has: (_, word) => typeof word === 'string' && rankOf(word) !== undefined,
  },
)

function createEstimator(): ZxcvbnFactory {
  const made = new ZxcvbnFactory({ dictionary: sequences, graphs: adjacencyGraphs, l33tMaxSubstitutions: SUBSTITUTIONS, maxLength: MAX_JUDGED })
  // There is no option for a dictionary in this form.
  const { rankedDictionaries, rankedDictionariesMaxWordSize } = made['options']
  rankedDictionaries['words'] = rankedWords
  rankedDictionariesMaxWordSize['words'] = longestWord
  return made
}

export function guess(text: string): GuessCount {
  estimator ??= createEstimator()
  const { sequence, guessesLog10 } = estimator.check(text.slice(0, MAX_JUDGED))
  const rest = sequence.reduce((sum, match) => sum + (match.pattern === 'bruteforce' ? Math.max(match['guessesLog10'] as number, 0) : 0), 0)
  return { whole: guessesLog10, rest }
}
