import { isCredentialName } from '../credential-names.ts'
import { isKnownWord } from '../strength/vocabulary.ts'
import { isExplained } from '../strength/word-explanation.ts'
import { BLANKS } from './item.ts'

const MAX_LENGTH = 128
const MIN_NAME = 3
/** A name and what follows: `orders-app:…`, `user=…`. */
const BEGIN = /^[{[("']*([\w.@$+-]*)([:=]?)/
const ELEMENT = /^<[?!/A-Za-z]/
const LETTERS = /^([A-Za-z]{3,})[.,]?$/

/**
 * Whether a text may be one password that has another shape by chance: `x9#k:…`, `T=…`. Then its beginning is as secret as the part that the
 * shape finds.
 */
export function mayBePassword(name: string, text: string): boolean {
  if (text.length > MAX_LENGTH || text.includes('\n') || ELEMENT.test(text)) return false
  if (BLANKS.test(text)) return isCredentialName(name) && !text.split(BLANKS).some(isWord)
  const [, begin = '', separator] = BEGIN.exec(text) ?? []
  return separator === '' || begin.length < MIN_NAME || !isExplained(begin.slice(0, MAX_LENGTH / 2))
}

function isWord(text: string): boolean {
  const letters = LETTERS.exec(text)?.[1]
  return letters !== undefined && isKnownWord(letters.toLowerCase())
}
