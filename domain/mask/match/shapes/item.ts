/**
 * Blanks of a text that is bytes as latin1. `\s` and trim() also take the byte 0xa0, which is the middle or the end of many characters in
 * UTF-8: `à`, most of Hangul.
 */
export const BLANKS = /[\t-\r ]+/

const isBlank = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d)

export function trimmed(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

/** Without these characters at its end. A search for `[…]+$` begins at each of them that another character follows, and takes quadratic time. */
export function withoutTrailing(text: string, characters: string): string {
  let to = text.length
  while (to > 0 && characters.includes(text.charAt(to - 1))) to--
  return text.slice(0, to)
}

/** A text inside a value and the name it has there, or '' if it has none. Texts are bytes as latin1. */
export type ShapedText = {
  readonly name: string
  readonly text: string
  /** A word of a sentence, or itself a name. If it is weak there is nothing to hide, whatever its name. */
  readonly word?: true
}

/** Splits a named text into items. Returns undefined if the text has another shape. Every shape runs in time linear in the text. */
export type Shape = (name: string, text: string) => Iterable<ShapedText> | undefined

export function unquoted(text: string): string {
  const quote = text[0]
  return text.length > 1 && (quote === '"' || quote === "'" || quote === '`') && text.endsWith(quote) ? text.slice(1, -1) : text
}
