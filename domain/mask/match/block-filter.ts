/**
 * Where no pattern can begin, so that a search skips over it (after Wu and Manber, 1994, with blocks of 4 bytes). A set of all
 * blocks in the first bytes of the patterns is asked once a stride; it is a bitmap that stays in the cache. A search reads every
 * byte at most a few times whatever the text.
 *
 * Patterns are added at any time. A removed pattern leaves its bits behind, which costs speed and nothing else: whoever owns the
 * filter makes another when too many are stale.
 */
const BLOCK = 4
const MAX_WINDOW = 20
const BITS_PER_BLOCK = 16
/** A beginning of up to this many bytes is looked up exactly. */
const SHORT_BEGINNING = 2

export class BlockFilter {
  /** How many bytes at the front of every pattern are in the bitmaps; the length of the shortest pattern at most. */
  window = MAX_WINDOW
  /** How many patterns it is made for; with more it works, slower. */
  readonly capacity: number
  /** 32 minus the binary logarithm of the size of a bitmap. */
  readonly #shift: number
  /** The same for the bitmaps of what begins a window, which are smaller: they are asked about every byte of hostile text. */
  readonly #beginShift: number
  /** Blocks anywhere in a window, blocks that begin one, and pairs of blocks that do. */
  readonly #within: Uint8Array
  readonly #begins: Uint8Array
  readonly #opens: Uint8Array
  /** The first bytes of patterns, and the first two. */
  readonly #firsts = new Uint8Array(256)
  readonly #pairs = new Uint8Array(1 << 13)

  constructor(capacity: number) {
    this.capacity = capacity
    const bits = bitsFor(capacity * (MAX_WINDOW - BLOCK + 1))
    const beginBits = bitsFor(capacity)
    this.#shift = 32 - bits
    this.#beginShift = 32 - beginBits
    this.#within = new Uint8Array(1 << (bits - 3))
    this.#begins = new Uint8Array(1 << (beginBits - 3))
    this.#opens = new Uint8Array(1 << (beginBits - 3))
  }

  /** Takes in a pattern of 8 bytes or more, as latin1. */
  add(pattern: string): void {
    this.window = Math.min(this.window, pattern.length)
    add(this.#begins, this.#beginShift, wordOf(pattern, 0))
    add(this.#opens, this.#beginShift, pair(wordOf(pattern, 0), wordOf(pattern, BLOCK)))
    for (let at = 0; at <= this.window - BLOCK; at++) add(this.#within, this.#shift, wordOf(pattern, at))
    const first = pattern.charCodeAt(0)
    this.#firsts[first] = 1
    const both = (first << 8) | pattern.charCodeAt(1)
    this.#pairs[both >>> 3] = (this.#pairs[both >>> 3] as number) | (1 << (both & 7))
  }

  /**
   * The first place from `at` on where a pattern can begin, or one behind `stop` when there is none up to it. The caller makes sure
   * that a window from `stop` on lies within the view.
   */
  skip(view: DataView, at: number, stop: number): number {
    const within = this.#within
    const shift = this.#shift
    const stride = this.window - BLOCK + 1
    let here = at
    while (here <= stop) {
      const hash = Math.imul(view.getUint32(here + stride - 1, true), 0x9e3779b1) >>> shift
      if ((((within[hash >>> 3] as number) >>> (hash & 7)) & 1) === 0) {
        here += stride
        continue
      }
      // The block occurs in some window: a pattern may begin at any of the next places.
      const last = Math.min(here + stride - 1, stop)
      for (; here <= last; here++) if (this.#mayBeginAt(view, here)) return here
    }
    return here
  }

  #mayBeginAt(view: DataView, at: number): boolean {
    const first = view.getUint32(at, true)
    const hashed = Math.imul(first, 0x9e3779b1) >>> this.#beginShift
    if ((((this.#begins[hashed >>> 3] as number) >>> (hashed & 7)) & 1) === 0) return false
    const both = Math.imul(pair(first, view.getUint32(at + BLOCK, true)), 0x9e3779b1) >>> this.#beginShift
    return (((this.#opens[both >>> 3] as number) >>> (both & 7)) & 1) !== 0
  }

  /** Whether a pattern may begin with bytes[at, to), or they with a pattern. True more often than it is so, never less. */
  mayBegin(bytes: Uint8Array, at: number, to: number): boolean {
    const length = to - at
    if (length < SHORT_BEGINNING) return this.#firsts[bytes[at] as number] === 1
    const both = ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
    if ((((this.#pairs[both >>> 3] as number) >>> (both & 7)) & 1) === 0) return false
    if (length < BLOCK) return true
    const hash = Math.imul(word(bytes, at), 0x9e3779b1) >>> this.#beginShift
    return (((this.#begins[hash >>> 3] as number) >>> (hash & 7)) & 1) !== 0
  }

  /** Memory of the bitmaps in bytes. */
  get bytes(): number {
    return this.#within.length + this.#begins.length + this.#opens.length + this.#firsts.length + this.#pairs.length
  }
}

function bitsFor(blocks: number): number {
  let bits = 13
  while (bits < 25 && 1 << bits < blocks * BITS_PER_BLOCK) bits++
  return bits
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)
}

function wordOf(text: string, at: number): number {
  return text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8) | (text.charCodeAt(at + 2) << 16) | (text.charCodeAt(at + 3) << 24)
}

/** Two blocks as one number, so that a beginning of 4 bytes alone stops no search: patterns have 8. */
function pair(first: number, second: number): number {
  return Math.imul(first, 0x85ebca6b) ^ (second >>> 0)
}

function add(bitmap: Uint8Array, shift: number, block: number): void {
  const hash = Math.imul(block, 0x9e3779b1) >>> shift
  bitmap[hash >>> 3] = (bitmap[hash >>> 3] as number) | (1 << (hash & 7))
}
