/**
 * Collects the output. A single part is returned as it is, so an untouched chunk is never copied. Several parts are copied into one buffer
 * as they come, which costs less than keeping a list of them.
 */
const SMALLEST = 1 << 16
/** A part of this size that follows a first one is kept apart, in case that nothing follows it. */
const APART = 1 << 12
/** Larger buffers are released after use. */
const KEPT = 1 << 20

const nothing: Buffer = Buffer.alloc(0)
/** Scratch buffer reused by the next output, to spare an allocation for each short response. */
let spare: Buffer | undefined

export class Output {
  #memory = nothing
  #length = 0
  /** The only part so far, not yet copied. */
  #first = nothing
  #firstFrom = 0
  #firstTo = 0
  /** A large second part, not yet copied. */
  #second = nothing

  add(bytes: Buffer): void {
    this.slice(bytes, 0, bytes.length)
  }

  /** Appends bytes[from, to). */
  slice(bytes: Buffer, from: number, to: number): void {
    if (to <= from) return
    if (this.#length === 0 && this.#firstTo === 0) {
      this.#first = bytes
      this.#firstFrom = from
      this.#firstTo = to
      return
    }
    if (this.#firstTo > 0 && this.#second.length === 0 && to - from >= APART) {
      this.#second = bytes.subarray(from, to)
      return
    }
    this.#settle()
    this.#room(to - from)
    bytes.copy(this.#memory, this.#length, from, to)
    this.#length += to - from
  }

  /** Appends text that consists of single-byte characters. */
  text(text: string): void {
    this.#settle()
    this.#room(text.length)
    this.#length += this.#memory.write(text, this.#length, 'latin1')
  }

  /** The same as `take`, in up to two pieces. */
  takePieces(): readonly Buffer[] {
    if (this.#second.length === 0) return [this.take()]
    const pieces = [this.#first.subarray(this.#firstFrom, this.#firstTo), this.#second]
    this.#second = nothing
    this.take()
    return pieces
  }

  take(): Buffer {
    if (this.#second.length > 0) this.#settle()
    const taken = this.#length > 0 ? this.#copied() : this.#first.subarray(this.#firstFrom, this.#firstTo)
    this.#length = 0
    this.#first = nothing
    this.#firstFrom = 0
    this.#firstTo = 0
    if (this.#memory.length > 0 && this.#memory.length <= KEPT) spare = this.#memory
    this.#memory = nothing
    return taken
  }

  /** Every byte is written, so the memory does not have to be cleared first. */
  #copied(): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.#length)
    this.#memory.copy(copy, 0, 0, this.#length)
    return copy
  }

  /** Copies the first parts as soon as another one comes. */
  #settle(): void {
    if (this.#firstTo === 0) return
    const length = this.#firstTo - this.#firstFrom
    this.#room(length + this.#second.length)
    this.#first.copy(this.#memory, this.#length, this.#firstFrom, this.#firstTo)
    this.#second.copy(this.#memory, this.#length + length)
    this.#length += length + this.#second.length
    this.#first = nothing
    this.#firstTo = 0
    this.#second = nothing
  }

  #room(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#memory.length) return
    const memory = spare !== undefined && spare.length >= needed ? spare : Buffer.allocUnsafeSlow(Math.max(SMALLEST, this.#memory.length * 2, needed))
    if (memory === spare) spare = undefined // a nested output allocates its own
    this.#memory.copy(memory, 0, 0, this.#length)
    this.#memory = memory
  }
}
