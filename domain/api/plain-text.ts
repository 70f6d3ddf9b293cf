/**
 * Text that somebody else reads as it is, in `kubectl describe` or a terminal. Nothing in it may hide, reorder, overprint or pass for a
 * line of ours. Does not judge what the words say, nor tell look-alike letters apart.
 *
 * \p{C} is control (line feed and tab among them: `kubectl describe` prints a value as it is, so that a line feed would begin a line
 * that looks like a field), format (bidirectional, zero-width, tags), surrogates without their other half, private use and unassigned.
 */
const UNSAFE = /\p{C}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}/u
/** A heart or a check mark asks by this for its colored or its plain form. Anywhere else it is invisible. */
const EMOJI_FORM = /(?<=\p{Extended_Pictographic})[\uFE0E\uFE0F](?![\uFE00-\uFE0F])/gu
/** More marks than any script puts on one letter draw over the lines above and below. */
const STACKED = /\p{M}{5,}/u

export type Unsafe = { readonly at: number; readonly character: string }

const nameOf = (character: string): string => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** The first character that may not stand in plain text, by its name and place, which counts characters from 1. */
export function unsafeIn(text: string): Unsafe | undefined {
  // The placeholder keeps every place.
  const judged = text.replaceAll(EMOJI_FORM, '-')
  const [unsafe, stacked] = [UNSAFE.exec(judged), STACKED.exec(judged)]
  const found = unsafe ?? stacked
  return found === null ? undefined : { at: Array.from(judged.slice(0, found.index)).length + 1, character: nameOf(found[0]) }
}

/** What is wrong with a text, for who wrote it; undefined: nothing. */
export function plainTextProblem(text: string): string | undefined {
  const found = unsafeIn(text)
  if (found === undefined) return undefined
  const { at, character } = found
  if (character === 'U+000A' || character === 'U+000D') return `Invalid value: a line break at character ${at}; write it on one line`
  if (character === 'U+0009') return `Invalid value: a tab at character ${at}; write a space`
  const kinds = 'control, bidirectional, zero-width, other invisible, private-use and unassigned characters, and more than four marks on a letter'
  return `Invalid value: ${character} at character ${at} is not shown as what it is; leave out ${kinds}`
}

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
const KEPT_OR_UNSAFE = new RegExp(`(${EMOJI_FORM.source})|${UNSAFE.source}`, 'gu')

/** One line in which everything unsafe is an escape. */
export const escapedLine = (text: string): string =>
  text
    .replaceAll(KEPT_OR_UNSAFE, (character, kept: string | undefined) => kept ?? escaped(character))
    .replaceAll(/(\p{M}{4})(\p{M}+)/gu, (_, first: string, more: string) => first + Array.from(more, escaped).join(''))

/** Lines that stay lines, each of them safe. */
export const escapedLines = (text: string): string => text.split('\n').map(escapedLine).join('\n')
