/** The rest of a value whose head was found: how far the text goes on like it, over as many chunks as it takes. */
export class Follower {
  /** Position where the value begins. */
  readonly from: number
  readonly #rest: Buffer
  #at = 0

  constructor(from: number, rest: Buffer) {
    this.from = from
    this.#rest = rest
  }

  /** How many bytes of bytes[from, to) go on like the rest. */
  follow(bytes: Uint8Array, from: number, to: number): number {
    const limit = Math.min(to - from, this.#rest.length - this.#at)
    let same = 0
    while (same < limit && bytes[from + same] === this.#rest[this.#at + same]) same++
    this.#at += same
    return same
  }

  /** Whether the rest is not all read: if the text went on like it to its end, more may come. */
  get open(): boolean {
    return this.#at < this.#rest.length
  }
}
