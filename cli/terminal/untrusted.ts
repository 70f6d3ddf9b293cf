/**
 * Text that an agent, or whoever fooled it, may have written, made safe for a terminal: control characters, ANSI escapes,
 * bidirectional overrides and invisible characters are shown as escapes, so that nothing can hide, move the cursor or pass for
 * a line of ours. It does NOT judge what the words say, nor tell look-alike letters apart.
 */
const UNSAFE = /\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}/gu

const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  if (character === '\t') return '\\t'
  if (character === '\n') return '\\n'
  if (character === '\r') return '\\r'
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** One line, whatever it was. */
export const oneLine = (text: string): string => text.replaceAll(UNSAFE, escaped)

/** Several lines, split at line feeds alone; each is safe by itself. */
export const lines = (text: string): readonly string[] =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => oneLine(line.replaceAll('\t', '    ')))

/** Cut to a column, with a sign that it was. */
export const cut = (text: string, width: number): string => {
  const characters = Array.from(oneLine(text))
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 1).join('')}…`
}
