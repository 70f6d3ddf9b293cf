/**
 * Texts between the punctuation of one word: `//registry/:_authToken=…`, `app:…@tcp(db:3306)/orders`, `alice,…`, `{PLAIN}…`. The word is
 * already judged as a whole; this finds the secret that stands in it where the word itself is not repeated.
 */
import { isExplained } from '../strength/word-explanation.ts'
import type { ShapedText } from './item.ts'
import { plainAndDecoded } from './url.ts'

const PIECES = /[^\t-\r "'`:=/@,;&|?<>()[\]{}\\]+|[\t-\r "'`:=/@,;&|?<>()[\]{}\\]+/g
const SEPARATOR = /^[\t-\r "'`:=/@,;&|?<>()[\]{}\\]/
const LIST = /^[,;|]$/
const FULL_STOP = /[.!]$/
const NAMES = /^["'`]?\s*(?:=|:(?!\/))/
const MAX_NAME = 64
const NAME = /^[\w.-]{1,64}$/
/** Around a text that is quoted, or a rule of Redis (`>password`). */
const AROUND = /["'`>]/
/** A shorter piece does not show that its text consists of words. */
const MIN_WORD = 3
const MIN_TEXT = 8
/** A longer word is examined by its beginning. */
const MAX_WORD = 2048

export function glued(name: string, text: string): readonly ShapedText[] {
  const pieces = text.slice(0, MAX_WORD).match(PIECES) ?? []
  if (isList(pieces)) return pieces.filter((piece) => !SEPARATOR.test(piece)).map((piece) => ({ name, text: piece }))
  if (!isGlued(pieces)) return []
  const items = pieces.flatMap((piece, at) => (SEPARATOR.test(piece) ? [] : itemsOf(pieces, at)))
  return items.filter((item) => item.text.length >= MIN_TEXT && item.text !== text)
}

/** `…,…`: several random passwords. */
function isList(pieces: readonly string[]): boolean {
  const texts = pieces.filter((piece) => !SEPARATOR.test(piece))
  return texts.length > 1 && texts.every(({ length }) => length >= MIN_TEXT) && pieces.every((piece) => !SEPARATOR.test(piece) || LIST.test(piece))
}

/** Whether a text has pieces. A random password with punctuation has none: there are no words in it. */
function isGlued(pieces: readonly string[]): boolean {
  const texts = pieces.filter((piece) => !SEPARATOR.test(piece))
  if (texts.length === 1) return AROUND.test(pieces[0] ?? '') || AROUND.test(pieces.at(-1) ?? '') || FULL_STOP.test(texts[0] ?? '')
  return texts.some((text) => text.length >= MIN_WORD && isExplained(text.slice(0, MAX_NAME)))
}

function itemsOf(pieces: readonly string[], at: number): readonly ShapedText[] {
  return plainAndDecoded(nameBefore(pieces, at), (pieces[at] as string).replace(FULL_STOP, ''))
}

function nameBefore(pieces: readonly string[], at: number): string {
  const [name = '', separator = ''] = pieces.slice(Math.max(0, at - 2), at)
  if (separator === ':' && pieces[at + 1]?.[0] === '@') return 'password'
  return NAMES.test(separator) && NAME.test(name) ? name : ''
}
