const QUOTE = 0x22
const BACKSLASH = 0x5c
const SMALL_U = 0x75
/** How far a stretch goes: what is found in one costs so much at the most. */
const MAX_STRETCH_LENGTH = 4096

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
