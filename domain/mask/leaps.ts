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
  /** Blocks anywhere in a window, and blocks that begin one. */
  readonly within: Uint8Array
  readonly begins: Uint8Array
}

const STEP = 2048

/** `patterns` are 8 bytes or longer. Built in steps, as the automaton is. */
export function* leapOver(patterns: readonly Uint8Array[]): Generator<void, Leaps> {
  const window = patterns.reduce((least, { length }) => Math.min(least, length), LONGEST_WINDOW)
  const blocks = patterns.length * (window - BLOCK + 1)
  let bits = 13
  while (bits < 23 && 1 << bits < blocks * BITS_A_BLOCK) bits++
  const leaps = { window, shift: 32 - bits, within: new Uint8Array(1 << (bits - 3)), begins: new Uint8Array(1 << (bits - 3)) }
  for (const [index, pattern] of patterns.entries()) {
    if (index % STEP === 0) yield
    add(leaps.begins, leaps.shift, word(pattern, 0))
    for (let at = 0; at <= window - BLOCK; at++) add(leaps.within, leaps.shift, word(pattern, at))
  }
  return leaps
}

/**
 * The first place from `at` on where a pattern can begin, or one behind `stop` when there is none up to it. The caller sees to it
 * that a window from `stop` on lies within the bytes.
 */
export function leap({ window, shift, within, begins }: Leaps, view: DataView, { at, stop }: { at: number; stop: number }): number {
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
      const first = Math.imul(view.getUint32(here, true), 0x9e3779b1) >>> shift
      if ((((begins[first >>> 3] as number) >>> (first & 7)) & 1) !== 0) return here
    }
  }
  return here
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)
}

function add(bitmap: Uint8Array, shift: number, block: number): void {
  const hash = Math.imul(block, 0x9e3779b1) >>> shift
  bitmap[hash >>> 3] = (bitmap[hash >>> 3] as number) | (1 << (hash & 7))
}
