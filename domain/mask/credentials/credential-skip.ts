/** Finds the places in text where no credential can be named, so that a scan skips them. */
import { ByteSet } from '../byte-set.ts'
import { skipToStem } from './credential-stems.ts'
import { MAX_NAME, namesCredential } from './name-check.ts'

const COLON = 0x3a
const EQUALS = 0x3d
const HYPHEN = 0x2d
const COMMA = 0x2c
/** Maximum number of quotes, backslashes and blanks between a name and its separator, and again after the separator. */
export const MAX_BETWEEN = 16

const names = new ByteSet('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-')
const isQuoting = new Uint8Array(256)
for (const byte of Buffer.from('\\"\'`')) isQuoting[byte] = 1
const isBlank = new Uint8Array(256)
for (const byte of Buffer.from(' \t')) isBlank[byte] = 1

export const inName = (byte: number): boolean => names.has(byte)
/** Quotes, and backslashes that escape them. */
export const quotes = (byte: number): boolean => isQuoting[byte] === 1
export const blank = (byte: number): boolean => isBlank[byte] === 1
export const separatesValue = (byte: number): boolean => byte === COLON || byte === EQUALS
/** Whether the name is a flag, `--password`: its value may be the next argument, also in a list. */
export const isFlag = (name: string): boolean => name.charCodeAt(0) === HYPHEN
export const separatesArgument = (byte: number): boolean => blank(byte) || quotes(byte) || byte === COMMA

/** A name in the bytes: [from, to). If empty, a URL's `://` ends at `from`. */
export type NameSpan = { from: number; to: number }

/** bytes[from, to); `whole`: the text ends at `to`. */
type Stretch = { readonly from: number; readonly to: number; readonly whole?: boolean }

/**
 * Finds the first name of a credential in bytes[from, to) that a value may follow, or a name that continues up to `to`. `from` must not be
 * inside a name. Sets `found` and returns whether there is one.
 */
export function skipToCredential(bytes: Uint8Array, { from, to, whole = false }: Stretch, found: NameSpan): boolean {
  let begin = from
  for (let at = skipToStem(bytes, begin, to); at < to; at = skipToStem(bytes, begin, to)) {
    if (bytes[at] === COLON) {
      found.from = at + 3
      found.to = at + 3
      return true
    }
    found.from = at
    while (found.from > begin && inName(bytes[found.from - 1] as number)) found.from--
    found.to = endOfName(bytes, at, to)
    if (mayStand(bytes, found, { to, whole })) return true
    begin = found.to
  }
  if (whole) return false
  found.from = to
  // With more bytes, the end may become a stem or a name that contains one.
  while (found.from > begin && inName(bytes[found.from - 1] as number)) found.from--
  found.to = to
  return found.from < to
}

/** Whether the available bytes allow a value next to a name. */
function mayStand(bytes: Uint8Array, found: NameSpan, end: { readonly to: number; readonly whole: boolean }): boolean {
  if (found.to === end.to) return !end.whole
  return mayHaveValue(bytes, found, end) && isCredential(bytes, found)
}

export function endOfName(bytes: Uint8Array, from: number, to: number): number {
  return names.endOf(bytes, from, to)
}

function isCredential(bytes: Uint8Array, { from, to }: NameSpan): boolean {
  return to - from > MAX_NAME || namesCredential(Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1'))
}

/** Whether the available bytes after a name may precede a value. */
function mayHaveValue(bytes: Uint8Array, { from, to: end }: NameSpan, { to, whole }: { readonly to: number; readonly whole: boolean }): boolean {
  const limit = Math.min(to, end + MAX_BETWEEN)
  let at = end
  while (at < limit && (isQuoting[bytes[at] as number] === 1 || isBlank[bytes[at] as number] === 1)) at++
  if (at === to) return !whole
  return at === limit || separatesValue(bytes[at] as number) || (bytes[from] === HYPHEN && separatesArgument(bytes[end] as number))
}
