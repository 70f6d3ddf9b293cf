import { distance } from 'fastest-levenshtein'

/** Letters of a word that may differ, as in the suggestions of cobra, which kubectl uses. */
const MAX_DISTANCE = 2
/** Letters from which on a word counts as the beginning of another one. */
const MIN_PREFIX = 3

/** The known word that a mistyped one most likely means: one that it begins, or one with nearly the same letters. Undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const longer = word.length < MIN_PREFIX ? undefined : known.find((one) => one.startsWith(word))
  const [near] = known
    .map((one) => ({ one, letters: distance(word, one) }))
    .filter(({ one, letters }) => letters <= MAX_DISTANCE && letters < one.length)
    .toSorted((left, right) => left.letters - right.letters)
  return longer ?? near?.one
}
