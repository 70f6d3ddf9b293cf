/**
 * So many bytes are masked together. Masked byte by byte, a text would show how far it goes on like a value: whoever knows how a value
 * begins, as a key file or an `.env` does, would read the rest of it letter by letter from what is echoed.
 */
const BLOCK = 32

/** Of a character of several bytes in UTF-8, all but the first. */
const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80

/** What may follow a head that was found: how far the text goes on like one of the values, over as many chunks as it takes. */
export class Follower {
  /** Position where the value begins. */
  readonly from: number
  readonly #begins: number
  #open: readonly Buffer[]
  /** How many bytes were the same as in the rest that went furthest, and as in the longest one that was there to its end. */
  #furthest = 0
  #whole = -1
  #longest = 0
  #read = 0
  #beyond = 0

  /** `begins`: position where the rests begin. */
  constructor(from: number, begins: number, rests: readonly Buffer[]) {
    this.from = from
    this.#begins = begins
    this.#open = rests
    for (const { length } of rests) this.#longest = Math.max(this.#longest, length)
  }

  /** Reads bytes[from, to). */
  follow(bytes: Uint8Array, from: number, to: number): void {
    const read = this.#read
    this.#open = this.#open.filter((rest) => {
      const limit = Math.min(to - from, rest.length - read)
      let same = 0
      while (same < limit && bytes[from + same] === rest[read + same]) same++
      this.#furthest = Math.max(this.#furthest, read + same)
      if (read + same === rest.length) this.#whole = Math.max(this.#whole, rest.length)
      return from + same === to && read + same < rest.length
    })
    this.#read += to - from
  }

  /** Position up to where it is masked: to the end of a whole value, else to the end of the block in which it becomes another. */
  get end(): number {
    const block = this.#furthest - (this.#furthest % BLOCK)
    if (this.open) return this.#begins + Math.max(block, this.#whole)
    return this.#begins + (this.#becameOther ? Math.min(block + BLOCK, this.#longest) + this.#beyond : this.#whole)
  }

  get #becameOther(): boolean {
    return this.#furthest !== this.#whole
  }

  /** Moves the end on, out of the middle of a character; bytes[to - 1] is the last that was read, at the position before `position`. */
  finishCharacter(bytes: Uint8Array, to: number, position: number): void {
    if (this.open || !this.#becameOther) return
    while (this.end < position && isContinuation(bytes[to - (position - this.end)] as number)) this.#beyond++
  }

  /** Whether, with everything before a position read, it goes on: more of a value may come, or more is to be masked. */
  goesOn(position: number): boolean {
    return this.open || this.end > position || (this.#becameOther && this.end === position)
  }

  /** Whether more of a value may come. */
  get open(): boolean {
    return this.#open.length > 0
  }
}
