/**
 * Makes text that an agent or an attacker may have written safe for a terminal: control characters, ANSI escapes, bidirectional
 * overrides and invisible characters are shown as escapes, so that text cannot be hidden, move the cursor or imitate the plugin's own
 * lines. Does NOT judge what the text says, and does not detect look-alike letters.
 */
const UNSAFE = /\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}/gu

const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  if (character === '\t') return '\\t'
  if (character === '\n') return '\\n'
  if (character === '\r') return '\\r'
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** Escapes the text into a single line. */
export const oneLine = (text: string): string => text.replaceAll(UNSAFE, escaped)

/** Splits at line feeds only and escapes each line. A tab becomes four spaces. */
export const lines = (text: string): readonly string[] =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => oneLine(line.replaceAll('\t', '    ')))

/** Printable ASCII, which needs no escape and is one column for each character. */
const PLAIN = /^[\x20-\x7e]*$/

/** Number of characters. */
export const lengthOf = (text: string): number => (PLAIN.test(text) ? text.length : Array.from(text).length)

/** Escapes the text and truncates it to `width` characters, ending with `…` when truncated. */
export const cut = (text: string, width: number): string => {
  if (text.length <= width && PLAIN.test(text)) return text
  const characters = Array.from(oneLine(text))
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 1).join('')}…`
}
