/** The size of a batch. Small reads are combined up to it. */
export const MAX_BATCH = 64 * 1024
/** What a terminal shows at once fits into less. */
const SMALL_BATCH = 2 * 1024

/**
 * Copies bytes into blocks, one for each batch. Few large blocks are cheap to collect: a buffer for each read, of which thousands wait, makes V8 collect
 * its whole heap every few megabytes.
 */
export class Batches {
  readonly #full: Buffer[] = []
  #block: Buffer = Buffer.alloc(0)
  #filled = 0

  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#filled === this.#block.length) this.#begin(bytes.length - at)
      const copied = bytes.copy(this.#block, this.#filled, at)
      this.#filled += copied
      at += copied
    }
  }

  /** Removes and returns the next batch. */
  next(): Buffer | undefined {
    const full = this.#full.shift()
    if (full !== undefined) return full
    if (this.#filled === 0) return undefined
    const batch = this.#block.subarray(0, this.#filled)
    // The rest of the block is used for the next batch: bytes that were returned are never written again.
    this.#block = this.#block.subarray(this.#filled)
    this.#filled = 0
    return batch
  }

  #begin(needed: number): void {
    if (this.#filled > 0) this.#full.push(this.#block)
    this.#block = Buffer.allocUnsafeSlow(this.#filled === 0 && needed < SMALL_BATCH ? SMALL_BATCH : MAX_BATCH)
    this.#filled = 0
  }
}
