const QUOTE = 0x22
const BACKSLASH = 0x5c
const CAPITAL_H = 0x48
const HYPHEN = 0x2d
const SMALL_U = 0x75
/** How far a stretch goes: what is found in one costs so much at the most. */
const LONGEST_STRETCH = 4096

/** Behind the closing quote of a string without escapes that ends before `limit`, or -1. One with H may be gzip in base64, one with a hyphen a flag. */
export function behindString(chunk: Buffer, from: number, limit: number): number {
  if (chunk[from] === CAPITAL_H || chunk[from] === HYPHEN) return -1
  for (let at = from; at < limit; at++) {
    const byte = chunk[at]
    if (byte === QUOTE) return at + 1
    if (byte === BACKSLASH) return -1
  }
  return -1
}

/** Offset of the closing quote of a string that goes on at an offset, or -1 when it is not in this chunk. */
export function endOfEscaped(chunk: Buffer, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at]
    if (byte === QUOTE) return at
    if (byte === BACKSLASH) at++
  }
  return -1
}

/** Behind the last escape of the next stretch of a string that is all there; `from` when there is none. Half a pair ends none: the other may follow. */
export function endOfStretch(chunk: Buffer, from: number): number {
  const limit = Math.min(chunk.length, from + LONGEST_STRETCH)
  let end = from
  for (let at = from; at < limit && chunk[at] !== QUOTE;) {
    if (chunk[at] !== BACKSLASH) {
      at++
      continue
    }
    const long = chunk[at + 1] === SMALL_U
    at += long ? 6 : 2
    if (at <= limit && !(long && (chunk[at - 4] === 0x64 || chunk[at - 4] === 0x44))) end = at
  }
  return end
}
