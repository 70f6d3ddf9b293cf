/** What a person types or reads at once fits into less. */
const SMALL = 1024
/** A fast stream fills six pieces while others are written (recorded-end.ts). */
const MAX_SPARE = 16

/** Memory for the pieces of all recordings. Full pieces use the memory of earlier ones again, so that a large stream leaves nothing to collect. */
export class PieceMemory {
  readonly #size: number
  readonly #spare: Buffer[] = []

  /** `size`: the maximum size of a piece. */
  constructor(size: number) {
    this.#size = size
  }

  /** Memory for a piece that begins with this many bytes, or as many as fit. */
  take(bytes: number): Buffer {
    return bytes < SMALL ? Buffer.allocUnsafeSlow(SMALL) : (this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#size))
  }

  /** The same memory, or a copy of its `used` bytes in larger memory if more bytes do not fit. */
  grown(memory: Buffer, used: number, more: number): Buffer {
    if (used + more <= memory.length || memory.length === this.#size) return memory
    const larger = this.take(this.#size)
    memory.copy(larger, 0, 0, used)
    return larger
  }

  /** Nothing may refer to the memory afterwards. */
  giveBack(memory: Buffer): void {
    if (memory.length === this.#size && this.#spare.length < MAX_SPARE) this.#spare.push(memory)
  }
}
