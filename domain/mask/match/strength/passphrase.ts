/**
 * Passwords made of words, which only their name distinguishes from names of things: diceware (`correct-horse-battery-staple`), BIP39
 * mnemonics, app passwords of Google and Apple (`abcd-efgh-ijkl-mnop`). For texts under the name of a credential.
 */
import { isFrequentWord, isKnownWord, isOperationsWord } from './vocabulary.ts'

const MIN_WORDS = 4
const MAX_WORDS = 32
/** One word in this many may belong to the operations vocabulary: the diceware list contains some of those words. */
const WORDS_PER_OPERATIONS_WORD = 6
const MNEMONIC = /^[a-z]{3,8}(?: [a-z]{3,8})+$/
const MNEMONIC_LENGTHS: readonly number[] = [12, 15, 18, 21, 24]
const GROUPS = /^[a-z]{4}([- ][a-z]{4}){3}$/
const MIN_WORD = 3
/** Words of sentences. A passphrase of randomly drawn words has none, because such short words are not drawn. */
const SENTENCE = new Set(
  'the and not does have has had are was were for with from this that will would can could should must been being its their there which when what who how why you your our they into than then'.split(
    ' ',
  ),
)

export function isPassphrase(text: string): boolean {
  const words = text.split(/[-_. ]/)
  if (words.length < MIN_WORDS || words.length > MAX_WORDS) return false
  const lower = words.map((word) => word.toLowerCase().replace(/\d{1,2}$/, ''))
  if (MNEMONIC.test(text) && MNEMONIC_LENGTHS.includes(words.length) && lower.every(isKnownWord)) return true
  const operations = lower.filter(isOperationsWord).length
  if (GROUPS.test(text) && operations === 0) return true
  if (!lower.every((word) => word.length >= MIN_WORD && /^[a-z]+$/.test(word) && isKnownWord(word) && !SENTENCE.has(word))) return false
  return operations <= Math.floor(words.length / WORDS_PER_OPERATIONS_WORD) && lower.some((word) => word.length > MIN_WORD || !isFrequentWord(word))
}
