/** Where a byte comes next, looked up once for many strings, so that a chunk is searched once whatever it holds. */
export class NextByte {
  readonly #byte: number
  #chunk: Buffer = Buffer.alloc(0)
  #at = -1

  constructor(byte: number) {
    this.#byte = byte
  }

  look(chunk: Buffer): void {
    this.#chunk = chunk
    this.#at = -1
  }

  /** Infinity: there is none in this chunk. */
  from(at: number): number {
    if (this.#at < at) {
      const found = this.#chunk.indexOf(this.#byte, at)
      this.#at = found < 0 ? Infinity : found
    }
    return this.#at
  }
}
