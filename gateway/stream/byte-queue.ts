/** Bytes in the order they came, given out in the sizes asked for. Copies only what crosses a chunk boundary. */
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

  /** The next bytes, left where they are; undefined when there are fewer. */
  peek(count: number): Buffer | undefined {
    if (this.#length < count) return undefined
    const first = this.#chunks[0]
    if (first !== undefined && first.length >= count) return first.subarray(0, count)
    this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]?.subarray(0, count)
  }

  /** The next bytes, taken off; undefined, and nothing taken, when there are fewer. */
  take(count: number): Buffer | undefined {
    if (count === 0) return Buffer.alloc(0)
    const taken = this.peek(count)
    if (taken === undefined) return undefined
    const [first, ...rest] = this.#chunks as [Buffer, ...Buffer[]]
    this.#chunks = first.length === count ? rest : [first.subarray(count), ...rest]
    this.#length -= count
    return taken
  }

  /** At most so many of the bytes at hand; none only when there are none. */
  takeUpTo(count: number): Buffer {
    const first = this.#chunks[0]
    if (first === undefined) return Buffer.alloc(0)
    return this.take(Math.min(count, first.length)) as Buffer
  }
}
