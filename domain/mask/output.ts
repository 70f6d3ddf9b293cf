/** Collects what may leave. One part is handed on as it is: an untouched chunk is never copied. */
export class Output {
  #parts: Buffer[] = []

  add(bytes: Buffer): void {
    if (bytes.length > 0) this.#parts.push(bytes)
  }

  /** bytes[from, to) without a copy. */
  slice(bytes: Buffer, from: number, to: number): void {
    if (to > from) this.#parts.push(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
  }

  take(): Buffer {
    const parts = this.#parts
    this.#parts = []
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
  }
}
