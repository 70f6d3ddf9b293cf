/** Writes a chunk unchanged, except for what is replaced or left out. */
import type { Output } from './output.ts'

export class ChunkWriter {
  readonly #out: Output
  #chunk: Buffer = Buffer.alloc(0)
  /** Everything in the chunk before this offset is written, replaced or left out. */
  #done = 0

  constructor(out: Output) {
    this.#out = out
  }

  begin(chunk: Buffer): void {
    this.#chunk = chunk
    this.#done = 0
  }

  upTo(to: number): void {
    if (to > this.#done) this.#out.slice(this.#chunk, this.#done, to)
    this.#done = to
  }

  /** Skips the bytes before `to` without writing them. */
  skipTo(to: number): void {
    this.#done = to
  }

  replace(from: number, to: number, left: string | Buffer): void {
    this.upTo(from)
    if (typeof left === 'string') this.#out.text(left)
    else this.#out.add(left)
    this.#done = to
  }
}
