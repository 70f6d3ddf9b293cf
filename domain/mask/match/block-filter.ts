/**
 * Finds the places where no pattern can begin, so that a search skips them (after Wu and Manber, 1994, with blocks of 4 bytes). A bitmap of
 * all blocks in the first bytes of the patterns is checked once for each stride and stays in the CPU cache. A search reads every byte at
 * most a few times, whatever the text.
 *
 * Patterns can be added at any time. A removed pattern leaves its bits behind, which only costs speed: the owner of the filter builds a new
 * one when too many bits are stale.
 */
import { MAX_PATTERN } from './pattern.ts'

const BLOCK = 4
const MAX_WINDOW = 20
const BITS_PER_BLOCK = 16
/** Beginnings of up to this many bytes are looked up exactly. */
const SHORT_BEGINNING = 2
/** What the filter knows of the patterns whose first two blocks have a hash: there is none, or there are different ones. */
const NONE = 0
const SEVERAL = 0xffff
/** The table of tails has 2 to this power fewer places than a bitmap has bits. */
const FEWER_TAILS = 3

export class BlockFilter {
  /** Number of bytes at the front of every pattern that the bitmaps cover; at most the length of the shortest pattern. */
  window = MAX_WINDOW
  /** Number of patterns that the filter is sized for. With more it still works, but slower. */
  readonly capacity: number
  /** 32 minus the binary logarithm of the size of a bitmap. */
  readonly #shift: number
  /** The same for the bitmaps of what begins a window. They are smaller because hostile text makes the search check them for every byte. */
  readonly #beginShift: number
  /** Blocks anywhere in a window, and blocks that begin a window. */
  readonly #within: Uint8Array
  readonly #begins: Uint8Array
  /**
   * Indexed by a hash of the two blocks that begin a window: NONE, SEVERAL, or the length and the last byte of the pattern. Hostile text is full of
   * values that are cut off late. Their last byte tells at once, without a look into the table of patterns, which is large.
   */
  readonly #tails: Uint16Array
  /** The first byte of each pattern, and the first two bytes. */
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
    this.#tails = new Uint16Array(1 << (beginBits - FEWER_TAILS))
  }

  /** Adds a pattern of 8 bytes or more, as latin1. */
  add(pattern: string): void {
    this.window = Math.min(this.window, pattern.length)
    add(this.#begins, this.#beginShift, wordOf(pattern, 0))
    this.#addTail(pattern)
    for (let at = 0; at <= this.window - BLOCK; at++) add(this.#within, this.#shift, wordOf(pattern, at))
    const first = pattern.charCodeAt(0)
    this.#firsts[first] = 1
    const both = (first << 8) | pattern.charCodeAt(1)
    this.#pairs[both >>> 3] = (this.#pairs[both >>> 3] as number) | (1 << (both & 7))
  }

  #addTail(pattern: string): void {
    const at = this.#tailAt(wordOf(pattern, 0), wordOf(pattern, BLOCK))
    const { length } = pattern
    const tail = length > MAX_PATTERN ? SEVERAL : (length << 8) | pattern.charCodeAt(length - 1)
    this.#tails[at] = this.#tails[at] === NONE || this.#tails[at] === tail ? tail : SEVERAL
  }

  /** The two blocks are combined into one number. A match of 4 bytes alone then does not stop a search: patterns have at least 8. */
  #tailAt(first: number, second: number): number {
    return Math.imul(Math.imul(first, 0x85ebca6b) ^ second, 0x9e3779b1) >>> (this.#beginShift + FEWER_TAILS)
  }

  /**
   * Returns the first place from `at` on where a pattern can begin, or a place after `stop` if there is none. The caller ensures that a
   * window that begins at `stop` lies within the view.
   */
  skip(view: DataView, at: number, stop: number): number {
    const within = this.#within
    const shift = this.#shift
    const stride = this.window - BLOCK + 1
    const end = stop + this.window
    let here = at
    while (here <= stop) {
      const hash = Math.imul(view.getUint32(here + stride - 1, true), 0x9e3779b1) >>> shift
      if ((((within[hash >>> 3] as number) >>> (hash & 7)) & 1) === 0) {
        here += stride
        continue
      }
      // The block occurs in some window: a pattern may begin at any of the next places.
      const last = Math.min(here + stride - 1, stop)
      for (; here <= last; here++) if (this.#mayBeginAt(view, here, end)) return here
    }
    return here
  }

  /** Whether a pattern may begin at `at` that ends before `end`, or one that is longer. */
  #mayBeginAt(view: DataView, at: number, end: number): boolean {
    const first = view.getUint32(at, true)
    const hashed = Math.imul(first, 0x9e3779b1) >>> this.#beginShift
    if ((((this.#begins[hashed >>> 3] as number) >>> (hashed & 7)) & 1) === 0) return false
    const tail = this.#tails[this.#tailAt(first, view.getUint32(at + BLOCK, true))] as number
    if (tail === NONE || tail === SEVERAL) return tail === SEVERAL
    const last = at + (tail >>> 8) - 1
    return last >= end || view.getUint8(last) === (tail & 0xff)
  }

  /** Whether a pattern may begin with bytes[at, to), or they with a pattern. May return false positives, never false negatives. */
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
    return this.#within.length + this.#begins.length + this.#tails.byteLength + this.#firsts.length + this.#pairs.length
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

function add(bitmap: Uint8Array, shift: number, block: number): void {
  const hash = Math.imul(block, 0x9e3779b1) >>> shift
  bitmap[hash >>> 3] = (bitmap[hash >>> 3] as number) | (1 << (hash & 7))
}
