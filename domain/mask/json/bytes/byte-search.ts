/** Finds the next occurrence of a byte. Remembers the result, so each chunk is searched only once, whatever it contains. */
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

  /** Offset of the next occurrence at or after `at`; Infinity if this chunk has none. */
  from(at: number): number {
    if (this.#at < at) {
      const found = this.#chunk.indexOf(this.#byte, at)
      this.#at = found < 0 ? Infinity : found
    }
    return this.#at
  }
}
