/**
 * Text that is displayed unescaped to another person, in `kubectl describe` or a terminal. Nothing in it may hide, reorder or overprint text, or pass
 * for a line of the program. Does not judge the meaning of the text, and does not detect look-alike letters.
 *
 * \p{C} covers control characters (including line feed and tab: `kubectl describe` prints a value unescaped, so a line feed would start a line that
 * looks like a field), format characters (bidirectional, zero-width, tags), unpaired surrogates, private use and unassigned characters.
 */
const UNSAFE = /\p{C}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}/u
/** Variation selectors that choose the colored or plain form of an emoji. Anywhere else they are invisible. */
const EMOJI_FORM = /(?<=\p{Extended_Pictographic})[\uFE0E\uFE0F](?![\uFE00-\uFE0F])/gu
/** More combining marks than any script puts on one letter; they draw over the lines above and below. */
const STACKED = /\p{M}{5,}/u

export type Unsafe = { readonly at: number; readonly character: string }

const nameOf = (character: string): string => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** The first unsafe character, by its code point and its position in characters from 1. */
export function unsafeIn(text: string): Unsafe | undefined {
  // A replacement of the same length keeps every position.
  const judged = text.replaceAll(EMOJI_FORM, '-')
  const [unsafe, stacked] = [UNSAFE.exec(judged), STACKED.exec(judged)]
  const found = unsafe ?? stacked
  return found === null ? undefined : { at: Array.from(judged.slice(0, found.index)).length + 1, character: nameOf(found[0]) }
}

/** Validation message for the author of a text. Undefined when the text is valid. */
export function plainTextProblem(text: string): string | undefined {
  const found = unsafeIn(text)
  if (found === undefined) return undefined
  const { at, character } = found
  if (character === 'U+000A' || character === 'U+000D') return `Invalid value: a line break at character ${at}; write it on one line`
  if (character === 'U+0009') return `Invalid value: a tab at character ${at}; write a space`
  const kinds = 'control, bidirectional, zero-width, other invisible, private-use and unassigned characters, and more than four marks on a letter'
  return `Invalid value: ${character} at character ${at} cannot be displayed faithfully; remove ${kinds}`
}

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
const KEPT_OR_UNSAFE = new RegExp(`(${EMOJI_FORM.source})|${UNSAFE.source}`, 'gu')

/** One line with all unsafe characters escaped. */
export const escapedLine = (text: string): string =>
  text
    .replaceAll(KEPT_OR_UNSAFE, (character, kept: string | undefined) => kept ?? escaped(character))
    .replaceAll(/(\p{M}{4})(\p{M}+)/gu, (_, first: string, more: string) => first + Array.from(more, escaped).join(''))

/** Keeps line breaks and escapes each line. */
export const escapedLines = (text: string): string => text.split('\n').map(escapedLine).join('\n')
