/** zxcvbn, with operations vocabulary added to its dictionaries. A call takes about a millisecond, so it is used only for unclear texts. */
import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionaries } from './vocabulary.ts'

/** Maximum number of characters that zxcvbn examines. */
export const MAX_JUDGED = 64
/** Enough for `P@ssw0rd`. Each further substitution doubles the time that a hostile value takes. */
const SUBSTITUTIONS = 2

let estimator: ZxcvbnFactory | undefined

export type Guesses = {
  /** log10 of the number of guesses for the whole text. */
  readonly whole: number
  /** The same without the parts that a word, date, repetition or keyboard pattern explains. */
  readonly rest: number
}

export function guess(text: string): Guesses {
  estimator ??= new ZxcvbnFactory({
    dictionary: dictionaries,
    graphs: adjacencyGraphs,
    l33tMaxSubstitutions: SUBSTITUTIONS,
    maxLength: MAX_JUDGED,
  })
  const { sequence, guessesLog10 } = estimator.check(text.slice(0, MAX_JUDGED))
  const rest = sequence.reduce((sum, match) => sum + (match.pattern === 'bruteforce' ? Math.max(match['guessesLog10'] as number, 0) : 0), 0)
  return { whole: guessesLog10, rest }
}
