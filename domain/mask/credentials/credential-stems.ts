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
/** From this length on, reading four pairs at once is faster. */
const LONG = 64

const stems = STEMS.map((text) => Buffer.from(text))
/** The role of a byte pair in a stem: its first and second byte, or its second and third byte. */
const BEGINS = 1
const GOES_ON = 2
/** Indexed by the last five bits of two bytes, which are the same for capitals: the roles that the pair has in any stem. */
const pairs = new Uint8Array(1 << 10)
/** Indexed by the last five bits of three bytes: the stem that begins with them, counted from 1. The table is small, so it stays in the CPU cache. */
const stemAt = new Uint8Array(1 << 15)

const fold = (byte: number): number => byte & FOLD
/** The same roles, indexed by the pair as one number of 16 bits, as this processor reads it. */
const wholePairs = new Uint8Array(1 << 16)
const asNumber = (first: number, second: number): number => new Uint16Array(Uint8Array.of(first, second).buffer)[0] as number
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

/** Adds a pair in lower and upper case only. Digits and signs with the same five bits would stop the search too often. */
function addWhole(first: number, second: number, what: number): void {
  for (const low of [first, capital(first)])
    for (const high of [second, capital(second)]) wholePairs[asNumber(low, high)] = (wholePairs[asNumber(low, high)] as number) | what
}

function capital(byte: number): number {
  return byte > CAPITAL_A ? byte & ~CASE : byte
}

/** The offset of the first complete stem in bytes[from, to); `to` if there is none. */
export function skipToStem(bytes: Uint8Array, from: number, to: number): number {
  return to - from < LONG ? skipByPairs(bytes, { from, begin: from, to }) : skipByFours(bytes, from, to)
}

/**
 * The same for long text, four pairs at once, in less than half the time. Pairs are read as numbers of 16 bits, which need an even address. A DataView
 * takes twice as long once JSON was searched too.
 */
function skipByFours(bytes: Uint8Array, from: number, to: number): number {
  const begin = from + ((bytes.byteOffset + from) & 1)
  const words = new Uint16Array(bytes.buffer, bytes.byteOffset + begin, (to - begin) >>> 1)
  const { length } = words
  let at = 0
  for (; at + 4 <= length; at += 4) {
    const first = wholePairs[words[at] as number] as number
    const second = wholePairs[words[at + 1] as number] as number
    const third = wholePairs[words[at + 2] as number] as number
    const fourth = wholePairs[words[at + 3] as number] as number
    if ((first | second | third | fourth) === 0) continue
    const here = begin + 2 * at
    const found =
      stemAtPair(bytes, first, { from, at: here, to }) ??
      stemAtPair(bytes, second, { from, at: here + 2, to }) ??
      stemAtPair(bytes, third, { from, at: here + 4, to }) ??
      stemAtPair(bytes, fourth, { from, at: here + 6, to })
    if (found !== undefined) return found
  }
  return skipByPairs(bytes, { from, begin: begin + 2 * at, to })
}

/** The offset of a stem that has the pair at `at` in one of these roles. */
function stemAtPair(
  bytes: Uint8Array,
  roles: number,
  { from, at, to }: { readonly from: number; readonly at: number; readonly to: number },
): number | undefined {
  if ((roles & GOES_ON) !== 0 && at > from && isStem(bytes, at - 1, to)) return at - 1
  return (roles & BEGINS) !== 0 && isStem(bytes, at, to) ? at : undefined
}

/** Tests the pairs from `begin` on. The pair before it is tested, or `begin` is at most one byte after `from`. */
function skipByPairs(bytes: Uint8Array, { from, begin, to }: { readonly from: number; readonly begin: number; readonly to: number }): number {
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
    // Only letters have a case: with the case bit set, 0x1a would be a colon.
    if (byte !== stem[each] && (byte < CAPITAL_A || (byte | CASE) !== stem[each])) return false
  }
  return true
}
