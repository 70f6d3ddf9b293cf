/** A FIFO queue of bytes that returns them in requested sizes. Copies only what is requested across a chunk boundary. */
export class ByteQueue {
  #chunks: Buffer[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  add(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#length += chunk.length
  }

  /** Returns the next bytes without removing them. Undefined if there are fewer. */
  peek(count: number): Buffer | undefined {
    if (this.#length < count) return undefined
    if (count === 0) return Buffer.alloc(0)
    const first = this.#chunks[0]
    if (first !== undefined && first.length >= count) return first.subarray(0, count)
    const joined = this.#copyFront(count)
    this.#chunks.unshift(joined)
    return joined
  }

  /** Removes bytes that are in more than one chunk, and returns a copy. The rest of the last chunk stays where it is. */
  #copyFront(count: number): Buffer {
    // In memory of its own, so that joined-bytes.ts does not take it for a neighbour of other bytes.
    const copy = Buffer.allocUnsafeSlow(count)
    let [copied, whole] = [0, 0]
    for (const chunk of this.#chunks) {
      const taken = chunk.copy(copy, copied)
      copied += taken
      if (taken < chunk.length) this.#chunks[whole] = chunk.subarray(taken)
      else whole += 1
      if (copied === count) break
    }
    this.#chunks.splice(0, whole)
    return copy
  }

  /** Removes and returns the next bytes. If there are fewer, returns undefined and removes nothing. */
  take(count: number): Buffer | undefined {
    const taken = this.peek(count)
    if (taken === undefined || count === 0) return taken
    const first = this.#chunks[0] as Buffer
    if (first.length === count) this.#chunks.shift()
    else this.#chunks[0] = first.subarray(count)
    this.#length -= count
    return taken
  }

  /** Removes and returns at most `count` bytes. Empty only if the queue is empty. */
  takeUpTo(count: number): Buffer {
    const first = this.#chunks[0]
    if (first === undefined) return Buffer.alloc(0)
    return this.take(Math.min(count, first.length)) as Buffer
  }
}
