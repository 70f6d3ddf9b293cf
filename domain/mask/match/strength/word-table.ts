/** What is known of a word. */
export type Word = {
  /** Bits, at most MAX_MARKS. */
  readonly marks: number
  /** Rank in a list ordered by frequency, counted from 1; 0 if the word is in no list. */
  readonly rank: number
}

const MARK_BITS = 4
export const MAX_MARKS = (1 << MARK_BITS) - 1

/**
 * Many words, each with marks and a rank. In a Map of 200 000 words each word is an object that every garbage collection visits, and a stream
 * of logs causes one about every 8 MB. Here the words are one string, and typed arrays find them by a hash.
 */
export class WordTable {
  readonly #text: string
  /** Length of the longest word. */
  readonly longest: number
  /** For each slot: the offset of its word in the text, the length (0: a free slot), and rank and marks as one number. */
  readonly #begins: Uint32Array
  readonly #lengths: Uint8Array
  readonly #values: Uint32Array

  /** @throws RangeError for a word of more than 255 characters, or none */
  constructor(words: ReadonlyMap<string, Word>) {
    this.#text = [...words.keys()].join('')
    const slots = 2 ** Math.ceil(Math.log2(2 * words.size + 1))
    this.#begins = new Uint32Array(slots)
    this.#lengths = new Uint8Array(slots)
    this.#values = new Uint32Array(slots)
    let begin = 0
    let longest = 0
    for (const [word, { marks, rank }] of words) {
      if (word.length === 0 || word.length > 255) throw new RangeError('a word must have 1 to 255 characters')
      const slot = this.#slotOf(word)
      this.#begins[slot] = begin
      this.#lengths[slot] = word.length
      this.#values[slot] = (rank << MARK_BITS) | marks
      begin += word.length
      longest = Math.max(longest, word.length)
    }
    this.longest = longest
  }

  /** The marks of a word; 0 if the word is unknown. */
  marksOf(word: string): number {
    return (this.#values[this.#slotOf(word)] as number) & MAX_MARKS
  }

  /** The rank of a word; 0 if the word is unknown or in no list. */
  rankOf(word: string): number {
    return (this.#values[this.#slotOf(word)] as number) >>> MARK_BITS
  }

  /** The words with any of these marks, in no particular order. */
  *marked(marks: number): Generator<string> {
    for (const [slot, value] of this.#values.entries()) {
      const begin = this.#begins[slot] as number
      if ((value & marks & MAX_MARKS) !== 0) yield this.#text.slice(begin, begin + (this.#lengths[slot] as number))
    }
  }

  /** The slot of a word, or the free slot in which it would be. There is always a free slot. */
  #slotOf(word: string): number {
    const last = this.#lengths.length - 1
    let slot = hashOf(word) & last
    for (; this.#lengths[slot] !== 0; slot = (slot + 1) & last) {
      if (this.#lengths[slot] === word.length && this.#isAt(word, this.#begins[slot] as number)) return slot
    }
    return slot
  }

  #isAt(word: string, begin: number): boolean {
    for (let at = 0; at < word.length; at++) if (word.charCodeAt(at) !== this.#text.charCodeAt(begin + at)) return false
    return true
  }
}

function hashOf(word: string): number {
  let hash = 0
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x9e3779b1)
  return hash ^ (hash >>> 15)
}
