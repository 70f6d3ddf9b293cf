const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPENS: ReadonlySet<number> = new Set([0x5b, 0x7b])

/** The position of the quote that ends the string at `from`, or the end of the text. */
function afterString(text: Buffer, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === BACKSLASH) at += 1
    else if (text[at] === QUOTE) return at
  }
  return text.length
}

/**
 * The number of values in a JSON text, or a few more. Counts without parsing, which takes ten times as long for an object with many names. In YAML, and in
 * what is neither, it counts something else, but never more than the length of the text.
 */
export function countValues(text: Buffer): number {
  let count = 1
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] ?? 0
    if (byte === QUOTE) at = afterString(text, at)
    else if (byte === COMMA || OPENS.has(byte)) count += 1
  }
  return count
}
