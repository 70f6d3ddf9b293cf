const QUOTE = 0x22
const BACKSLASH = 0x5c
const SMALL_U = 0x75
/** Length of a stretch; it bounds the cost of handling what is found in one. */
const MAX_STRETCH_LENGTH = 4096

/** Returns the offset of the closing quote of a string that continues at `from`, or -1 if this chunk does not contain it. */
export function endOfEscaped(chunk: Buffer, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at]
    if (byte === QUOTE) return at
    if (byte === BACKSLASH) at++
  }
  return -1
}

/**
 * Returns the offset after the last complete escape in the next stretch of a string; `from` if there is none. A stretch never ends at half
 * of a surrogate pair, because the other half may follow.
 */
export function endOfStretch(chunk: Buffer, from: number): number {
  const limit = Math.min(chunk.length, from + MAX_STRETCH_LENGTH)
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
