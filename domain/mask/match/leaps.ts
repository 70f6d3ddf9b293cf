/**
 * Where no pattern can begin, so that a scan leaps over it (after Wu and Manber, 1994, with blocks of 4 bytes). A set of all blocks
 * in the first bytes of the patterns is asked once a stride; it is a bitmap that stays in the cache. A leap reads every byte at
 * most a few times whatever the text.
 */
const BLOCK = 4
const LONGEST_WINDOW = 20
const BITS_A_BLOCK = 16

export type Leaps = {
  /** How many bytes at the front of every pattern are in the tables. */
  readonly window: number
  /** 32 minus the binary logarithm of the size of a bitmap. */
  readonly shift: number
  /** The same for the bitmaps of what begins a window, which are smaller: they are asked about every byte of hostile text. */
  readonly beginShift: number
  /** Blocks anywhere in a window, blocks that begin one, and pairs of blocks that do. */
  readonly within: Uint8Array
  readonly begins: Uint8Array
  readonly opens: Uint8Array
}

const STEP = 2048

/** `patterns` are 8 bytes or longer. Built in steps, as the automaton is. */
export function* leapOver(patterns: readonly Uint8Array[]): Generator<void, Leaps> {
  const window = patterns.reduce((least, { length }) => Math.min(least, length), LONGEST_WINDOW)
  const blocks = patterns.length * (window - BLOCK + 1)
  const bits = bitsFor(blocks)
  const beginBits = bitsFor(patterns.length)
  const leaps = {
    window,
    shift: 32 - bits,
    beginShift: 32 - beginBits,
    within: new Uint8Array(1 << (bits - 3)),
    begins: new Uint8Array(1 << (beginBits - 3)),
    opens: new Uint8Array(1 << (beginBits - 3)),
  }
  for (const [index, pattern] of patterns.entries()) {
    if (index % STEP === 0) yield
    add(leaps.begins, leaps.beginShift, word(pattern, 0))
    add(leaps.opens, leaps.beginShift, pair(word(pattern, 0), word(pattern, BLOCK)))
    for (let at = 0; at <= window - BLOCK; at++) add(leaps.within, leaps.shift, word(pattern, at))
  }
  return leaps
}

/**
 * The first place from `at` on where a pattern can begin, or one behind `stop` when there is none up to it. The caller sees to it
 * that a window from `stop` on lies within the bytes.
 */
export function leap(
  { window, shift, beginShift, within, begins, opens }: Leaps,
  view: DataView,
  { at, stop }: { at: number; stop: number },
): number {
  const stride = window - BLOCK + 1
  let here = at
  while (here <= stop) {
    const hash = Math.imul(view.getUint32(here + stride - 1, true), 0x9e3779b1) >>> shift
    if ((((within[hash >>> 3] as number) >>> (hash & 7)) & 1) === 0) {
      here += stride
      continue
    }
    // The block occurs in some window: a pattern may begin at any of the next places.
    const last = Math.min(here + stride - 1, stop)
    for (; here <= last; here++) {
      const first = view.getUint32(here, true)
      const hashed = Math.imul(first, 0x9e3779b1) >>> beginShift
      if ((((begins[hashed >>> 3] as number) >>> (hashed & 7)) & 1) === 0) continue
      const both = Math.imul(pair(first, view.getUint32(here + BLOCK, true)), 0x9e3779b1) >>> beginShift
      if ((((opens[both >>> 3] as number) >>> (both & 7)) & 1) !== 0) return here
    }
  }
  return here
}

function bitsFor(blocks: number): number {
  let bits = 13
  while (bits < 23 && 1 << bits < blocks * BITS_A_BLOCK) bits++
  return bits
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)
}

/** Two blocks as one number, so that a beginning of 4 bytes alone makes nobody stop: patterns have 8. */
function pair(first: number, second: number): number {
  return Math.imul(first, 0x85ebca6b) ^ (second >>> 0)
}

function add(bitmap: Uint8Array, shift: number, block: number): void {
  const hash = Math.imul(block, 0x9e3779b1) >>> shift
  bitmap[hash >>> 3] = (bitmap[hash >>> 3] as number) | (1 << (hash & 7))
}
