/**
 * What words look like: a model of letters, learned from the dictionaries, tells a name in any language (`bundesdruckerei`) from
 * random letters. Generators of passwords that can be pronounced (pwgen, APG) look like words to it; they are told by their syllables.
 */
import { knownWords } from './vocabulary.ts'

const SIZE = 27
const A = 0x60

/** How often each letter (0: the end) follows each three letters, two and one. */
class Model {
  readonly #powers = [1, SIZE, SIZE ** 2, SIZE ** 3]
  readonly #counts = [1, 2, 3, 4].map((order) => new Uint32Array(SIZE ** order))
  readonly #totals = [0, 1, 2, 3].map((order) => new Uint32Array(SIZE ** order))

  learn(word: string): void {
    this.#walk(word, (order, before, letter) => {
      const at = before * SIZE + letter
      ;(this.#counts[order] as Uint32Array)[at]! += 1
      ;(this.#totals[order] as Uint32Array)[before]! += 1
    })
  }

  /** log10 of one by the probability of a letter, on average: some 0.8 for words, 2.4 for random letters. */
  surprise(word: string): number {
    let probability = 1 / SIZE
    let sum = 0
    this.#walk(word, (order, before, letter) => {
      if (order === 0) probability = 1 / SIZE
      const count = (this.#counts[order] as Uint32Array)[before * SIZE + letter] as number
      probability = (count + SMOOTHING * probability) / (((this.#totals[order] as Uint32Array)[before] as number) + SMOOTHING)
      if (order === 3) sum -= Math.log10(probability)
    })
    return sum / (word.length + 1)
  }

  #walk(word: string, visit: (order: number, before: number, letter: number) => void): void {
    let before = 0
    for (let at = 0; at <= word.length; at++) {
      const letter = at === word.length ? 0 : word.charCodeAt(at) - A
      for (let order = 0; order < 4; order++) visit(order, before % (this.#powers[order] as number), letter)
      before = (before * SIZE + letter) % SIZE ** 3
    }
  }
}

const SMOOTHING = 5
let model: Model | undefined

/** Average surprise of a letter up to which letters are a word, by their number: chance makes short ones look like words. */
const MAX_SURPRISE = 1.5
const MAX_SURPRISE_SHORT = 1.3
const SHORT = 8

/** Whether lower case letters a-z look like a word of some language. */
export function looksLikeWord(letters: string): boolean {
  if (model === undefined) {
    model = new Model()
    for (const word of knownWords()) if (/^[a-z]{3,}$/.test(word)) model.learn(word)
  }
  return model.surprise(letters) <= (letters.length < SHORT ? MAX_SURPRISE_SHORT : MAX_SURPRISE)
}

const SYLLABLES =
  /^(?:[aeiou]|ae|ah|ai|ee|ei|ie|oh|oo)?(?:(?:ch|gh|ng|ph|qu|sh|th|[bcdfghjklmnprstvwxyz])(?:(?:ae|ah|ai|ee|ei|ie|oh|oo|[aeiou])[aeiou]?))*(?:ch|gh|ng|ph|qu|sh|th|[bcdfghjklmnprstvwxyz])?$/
const DOUBLE = /ae|ah|ai|ee|ei|ie|oh|oo/g
const MIN_PRONOUNCEABLE = 8

/**
 * Whether letters are made as pwgen makes them: consonant, vowel, consonant, with more double vowels than languages have. `mixed`: digits
 * or capitals stood between them, so that one double vowel is enough.
 */
export function looksGenerated(letters: string, mixed = false): boolean {
  if (letters.length < MIN_PRONOUNCEABLE || !SYLLABLES.test(letters)) return false
  const doubles = letters.match(DOUBLE)?.length ?? 0
  return mixed ? doubles > 0 : doubles >= 2 && doubles * 8 >= letters.length
}
