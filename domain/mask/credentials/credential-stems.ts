/**
 * Parts of words that occur in names of credentials (`PGPASSWORD`, `api-key`), and `://`, after which a URL may have a password. The search
 * checks every second pair of bytes: one of the first two pairs of each stem is at an even distance.
 *
 * Names without any of these (`pw`, `salt`, `cookie`) count as names of JSON fields, but not in text.
 */
const STEMS = ['pass', 'pwd', 'secret', 'token', 'key', 'cred', 'auth', 'psk', 'dsn', 'jwt', 'pin', 'otp', '://']
const SHORTEST = 3
const FOLD = 0x1f
const CASE = 0x20
const CAPITAL_A = 0x41

const stems = STEMS.map((text) => Buffer.from(text))
/**
 * Indexed by the last five bits of two bytes, which are the same for capitals: whether a stem begins with the two bytes, or has them after
 * its first byte.
 */
const pairs = new Uint8Array(1 << 10)
/** Indexed by the last five bits of three bytes: the stem that begins with them, counted from 1. The table is small, so it stays in the CPU cache. */
const stemAt = new Uint8Array(1 << 15)

const fold = (byte: number): number => byte & FOLD
for (const [index, stem] of stems.entries()) {
  const [first = 0, second = 0, third = 0] = Array.from(stem, fold)
  pairs[(first << 5) | second] = 1
  pairs[(second << 5) | third] = 1
  const at = (first << 10) | (second << 5) | third
  if (stemAt[at] !== 0) throw new Error('two stems look alike')
  stemAt[at] = index + 1
}

/** The offset of the first complete stem in bytes[from, to); `to` if there is none. */
export function skipToStem(bytes: Uint8Array, from: number, to: number): number {
  const last = to - 1
  for (let at = from; at < last; at += 2) {
    if (pairs[(((bytes[at] as number) & FOLD) << 5) | ((bytes[at + 1] as number) & FOLD)] === 0) continue
    if (at > from && isStem(bytes, at - 1, to)) return at - 1
    if (isStem(bytes, at, to)) return at
  }
  return to
}

function isStem(bytes: Uint8Array, at: number, to: number): boolean {
  if (at + SHORTEST > to) return false
  const folded = (fold(bytes[at] as number) << 10) | (fold(bytes[at + 1] as number) << 5) | fold(bytes[at + 2] as number)
  const index = stemAt[folded] as number
  return index !== 0 && isAt(stems[index - 1] as Buffer, bytes, { at, to })
}

function isAt(stem: Buffer, bytes: Uint8Array, { at, to }: { readonly at: number; readonly to: number }): boolean {
  if (at + stem.length > to) return false
  for (let each = 0; each < stem.length; each++) {
    const byte = bytes[at + each] as number
    // Only letters have a case: with the case bit set, 0x1a would be a colon.
    if (byte !== stem[each] && (byte < CAPITAL_A || (byte | CASE) !== stem[each])) return false
  }
  return true
}
