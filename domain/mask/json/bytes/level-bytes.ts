/** One byte for each level of nesting. Grows with the depth, because nearly all documents are shallow and each document has its own instance. */
export class LevelBytes {
  #bytes = new Uint8Array(64)

  at(level: number): number {
    return this.#bytes[level] ?? 0
  }

  set(level: number, byte: number): void {
    if (level >= this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 4)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#bytes[level] = byte
  }
}
