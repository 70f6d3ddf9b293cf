import { meaningOf } from '../json/strings/whole-escapes.ts'

const nothing: Buffer = Buffer.alloc(0)

/** Bytes that were read and are not decided, as they stand on the wire, taken off the front by the bytes that they mean. */
export class HeldBytes {
  #bytes = nothing
  /** How many bytes on the wire stand for each byte of meaning. Absent: one each. */
  #widths: number[] | undefined

  clear(): void {
    this.#bytes = nothing
    this.#widths = undefined
  }

  /** A copy, so that a held byte does not keep a whole chunk alive. */
  add(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    if (this.#widths !== undefined) for (let at = 0; at < bytes.length; at++) this.#widths.push(1)
  }

  /** An escape: the first byte of its meaning stands for all of it. */
  addEscape(raw: Buffer, meaningBytes: number): void {
    const widths = this.#widened()
    this.#bytes = Buffer.concat([this.#bytes, raw])
    for (let byte = 0; byte < meaningBytes; byte++) widths.push(byte === 0 ? raw.length : 0)
  }

  /** bytes[from, to), which holds well-formed JSON escapes. */
  addStretch(bytes: Buffer, from: number, to: number): void {
    meaningOf(bytes, { from, to }, this.#widened())
    this.#bytes = Buffer.concat([this.#bytes, bytes.subarray(from, to)])
  }

  /** Takes what stands for so many bytes of meaning off the front. */
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
