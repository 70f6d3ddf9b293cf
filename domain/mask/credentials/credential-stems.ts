/**
 * Parts of words that the name of a credential has (`PGPASSWORD`, `api-key`), and `://`, behind which a URL may have a password. The
 * search looks at every second pair of bytes: one of the two pairs at the front of each stem is at an even distance.
 *
 * Names that have none of these (`pw`, `salt`, `cookie`) count as names of JSON fields, and not within text.
 */
const STEMS = ['pass', 'pwd', 'secret', 'token', 'key', 'cred', 'auth', 'psk', 'dsn', 'jwt', 'pin', 'otp', '://']
const SHORTEST = 3
const FOLD = 0x1f
const CASE = 0x20
const CAPITAL_A = 0x41
/** From here on it pays to look at four bytes at once. */
const LONG = 64

const stems = STEMS.map((text) => Buffer.from(text))
/** What a pair of bytes may be of a stem: its first two bytes, or those behind its first. */
const BEGINS = 1
const GOES_ON = 2
/** By the last five bits of two bytes, which are the same for capitals: whether a stem begins with them, or has them behind its first byte. */
const pairs = new Uint8Array(1 << 10)
/** By the last five bits of three bytes: which stem begins so, counted from 1. A small table, which stays in the cache. */
const stemAt = new Uint8Array(1 << 15)

const fold = (byte: number): number => byte & FOLD
/** The same pairs by all of their bits, the second byte above the first: four bytes at once are looked up without taking them apart. */
const wholePairs = new Uint8Array(1 << 16)
for (const [index, stem] of stems.entries()) {
  const [first = 0, second = 0, third = 0] = Array.from(stem, fold)
  pairs[(first << 5) | second] = (pairs[(first << 5) | second] as number) | BEGINS
  pairs[(second << 5) | third] = (pairs[(second << 5) | third] as number) | GOES_ON
  addWhole(stem[0] as number, stem[1] as number, BEGINS)
  addWhole(stem[1] as number, stem[2] as number, GOES_ON)
  const at = (first << 10) | (second << 5) | third
  if (stemAt[at] !== 0) throw new Error('two stems look alike')
  stemAt[at] = index + 1
}

/** Adds a pair in small letters and capitals, and no other: digits and signs that look alike by five bits would stop the search too often. */
function addWhole(first: number, second: number, what: number): void {
  for (const low of [first, capital(first)])
    for (const high of [second, capital(second)]) wholePairs[low | (high << 8)] = (wholePairs[low | (high << 8)] as number) | what
}

function capital(byte: number): number {
  return byte > CAPITAL_A ? byte & ~CASE : byte
}

/** Where the first stem in bytes[from, to) begins; `to` when there is none that is all there. */
export function leapToStem(bytes: Uint8Array, from: number, to: number): number {
  return to - from < LONG ? leapByPairs(bytes, from, to, from) : leapByFours(bytes, from, to)
}

/** The same for long text, four bytes at once: it takes half the time. */
function leapByFours(bytes: Uint8Array, from: number, to: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = from
  for (; at + 4 <= to; at += 4) {
    const four = view.getUint32(at, true)
    const left = wholePairs[four & 0xffff] as number
    const right = wholePairs[four >>> 16] as number
    if ((left | right) === 0) continue
    if ((left & GOES_ON) !== 0 && at > from && isStem(bytes, at - 1, to)) return at - 1
    if ((left & BEGINS) !== 0 && isStem(bytes, at, to)) return at
    if ((right & GOES_ON) !== 0 && isStem(bytes, at + 1, to)) return at + 1
    if ((right & BEGINS) !== 0 && isStem(bytes, at + 2, to)) return at + 2
  }
  return leapByPairs(bytes, at, to, from)
}

/** Looks at pairs from `begin` on, an even distance behind `from`. */
function leapByPairs(bytes: Uint8Array, begin: number, to: number, from: number): number {
  const last = to - 1
  for (let at = begin; at < last; at += 2) {
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
    // Letters alone have a case: with the bit of it, 0x1a is a colon.
    if (byte !== stem[each] && (byte < CAPITAL_A || (byte | CASE) !== stem[each])) return false
  }
  return true
}
