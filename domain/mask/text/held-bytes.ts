import { meaningOf } from '../json/strings/whole-escapes.ts'

const nothing: Buffer = Buffer.alloc(0)

/** Bytes that were read and are undecided, in their wire form. They are removed from the front, counted in decoded bytes. */
export class HeldBytes {
  #bytes = nothing
  /** How many wire bytes each decoded byte stands for. Undefined if it is one each. */
  #widths: number[] | undefined

  clear(): void {
    this.#bytes = nothing
    this.#widths = undefined
  }

  /** Copies, so that a held byte does not keep a whole chunk alive. */
  add(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#bytes, bytes])
    if (this.#widths !== undefined) for (let at = 0; at < bytes.length; at++) this.#widths.push(1)
  }

  /** Adds an escape. The first of its decoded bytes stands for all of it. */
  addEscape(raw: Buffer, meaningBytes: number): void {
    const widths = this.#widened()
    this.#bytes = Buffer.concat([this.#bytes, raw])
    for (let byte = 0; byte < meaningBytes; byte++) widths.push(byte === 0 ? raw.length : 0)
  }

  /** Adds bytes[from, to), which contain well-formed JSON escapes. */
  addStretch(bytes: Buffer, from: number, to: number): void {
    meaningOf(bytes, { from, to }, this.#widened())
    this.#bytes = Buffer.concat([this.#bytes, bytes.subarray(from, to)])
  }

  /** Removes the wire bytes of `count` decoded bytes from the front. */
  take(count: number): Buffer {
    const width = this.#widths === undefined ? count : this.#widths.splice(0, count).reduce((sum, each) => sum + each, 0)
    const taken = this.#bytes.subarray(0, width)
    this.#bytes = this.#bytes.subarray(width)
    if (this.#bytes.length === 0) this.clear()
    return taken
  }

  #widened(): number[] {
    return (this.#widths ??= Array.from({ length: this.#bytes.length }, () => 1))
  }
}
