/**
 * Terminal escape sequences (ECMA-48, ECMA-35) in text: a color `ESC [31m`, a title `ESC ]0;… BEL`, a character set `ESC (B`. A terminal
 * does not display them. A sequence that is incomplete after MAX_CONTROL or MAX_STRING bytes, or that contains an invalid byte, is plain
 * text. NOT covered: the same controls as one byte (C1, 0x80-0x9f), and sequences that move the cursor or delete what was shown.
 */
export const ESC = 0x1b
const MAX_CONTROL = 64
const MAX_STRING = 4096

const CONTROL_SEQUENCE = 0x5b
const OPERATING_SYSTEM_COMMAND = 0x5d
/** `ESC P`, `ESC X`, `ESC ]`, `ESC ^`, `ESC _` begin a string that `ESC \` ends. */
const beginsString = new Set<number>(Buffer.from('PX]^_'))
const BACKSLASH = 0x5c
const BEL = 0x07

/** NO_ESCAPE: no escape begins here. UNFINISHED: one begins that continues after the available bytes. */
export const NO_ESCAPE = -1
export const UNFINISHED = 0

/** Returns the end of the escape that begins with the ESC at bytes[at], or NO_ESCAPE or UNFINISHED. */
export function endOfEscape(bytes: Uint8Array, at: number): number {
  const kind = bytes[at + 1]
  if (kind === undefined) return UNFINISHED
  if (kind === CONTROL_SEQUENCE) return endOfControl(bytes, at, { from: at + 2, lastMiddle: 0x3f, firstFinal: 0x40 })
  if (beginsString.has(kind)) return endOfString(bytes, at, kind)
  return endOfControl(bytes, at, { from: at + 1, lastMiddle: 0x2f, firstFinal: 0x30 })
}

/** Bytes from 0x20 to `lastMiddle`, then one from `firstFinal` to 0x7e. */
function endOfControl(
  bytes: Uint8Array,
  begin: number,
  { from, lastMiddle, firstFinal }: { readonly from: number; readonly lastMiddle: number; readonly firstFinal: number },
): number {
  for (let at = from; at < begin + MAX_CONTROL; at++) {
    const byte = bytes[at]
    if (byte === undefined) return UNFINISHED
    if (byte >= firstFinal && byte <= 0x7e) return at + 1
    if (byte < 0x20 || byte > lastMiddle) return NO_ESCAPE
  }
  return NO_ESCAPE
}

/** `ESC \` ends a string. */
function endOfTerminator(bytes: Uint8Array, at: number): number {
  const last = bytes[at + 1]
  if (last === undefined) return UNFINISHED
  return last === BACKSLASH ? at + 2 : NO_ESCAPE
}

function endOfString(bytes: Uint8Array, begin: number, kind: number): number {
  for (let at = begin + 2; at < begin + MAX_STRING; at++) {
    const byte = bytes[at]
    if (byte === undefined) return UNFINISHED
    if (byte === BEL && kind === OPERATING_SYSTEM_COMMAND) return at + 1
    if (byte === ESC) return endOfTerminator(bytes, at)
    if (byte < 0x08 || (byte > 0x0d && byte < 0x20)) return NO_ESCAPE
  }
  return NO_ESCAPE
}
