/**
 * Values of Secrets that can be guessed (`postgres`, a host name). They are hidden in their own Secret and next to the name of a credential
 * (`PASSWORD=postgres`), and nowhere else. See strength.ts for what makes a value weak.
 */
export type WeakValues = {
  /** Whether a text is exactly a weak value of some Secret. The text is bytes as latin1. */
  has(text: string): boolean
  /** Length in bytes of the longest weak value; 0 if there is none. */
  readonly longest: number
}

/** The same for every string of a response. */
export type WeakValuesOfStrings = WeakValues & {
  /** The same as `has` for bytes[from, to), nearly always without creating a string. */
  hasBytes(bytes: Buffer, from: number, to: number): boolean
}

/** 128 KiB: with 100 000 weak values about half of all other texts are looked up in vain. */
const SLOT_BITS = 17
/** A slot whose count has reached this maximum is no longer changed. */
const MAX_COUNT = 255

const NO_SLOTS: Uint8Array = new Uint8Array(0)

/** Every string of every response is looked up. A table of counts by hash rules out nearly all of them cheaply. */
export class WeakTexts implements WeakValuesOfStrings {
  readonly #counts = new Map<string, number>()
  /** Created with the first text: most tables stay empty in a cluster whose values are strong. */
  #slots = NO_SLOTS
  #longest = 0

  get longest(): number {
    return this.#longest
  }

  has(text: string): boolean {
    return this.#counts.has(text)
  }

  hasBytes(bytes: Buffer, from: number, to: number): boolean {
    const length = to - from
    if (length > this.#longest || length <= 0) return false
    const slot = slotOf(length, (bytes[from] as number) | ((bytes[from + (length >> 1)] as number) << 8) | ((bytes[to - 1] as number) << 16))
    return this.#slots[slot] !== 0 && this.#counts.has(bytes.toString('latin1', from, to))
  }

  add(text: string): void {
    const count = this.#counts.get(text) ?? 0
    this.#counts.set(text, count + 1)
    this.#longest = Math.max(this.#longest, text.length)
    if (count === 0) this.#mark(text, 1)
  }

  drop(text: string): void {
    const count = this.#counts.get(text) ?? 0
    if (count > 1) this.#counts.set(text, count - 1)
    else if (this.#counts.delete(text)) this.#mark(text, -1)
  }

  #mark(text: string, by: number): void {
    if (this.#slots === NO_SLOTS) this.#slots = new Uint8Array(1 << SLOT_BITS)
    const { length } = text
    const slot = slotOf(length, text.charCodeAt(0) | (text.charCodeAt(length >> 1) << 8) | (text.charCodeAt(length - 1) << 16))
    const marks = this.#slots[slot] as number
    if (marks < MAX_COUNT) this.#slots[slot] = marks + by
  }
}

/** `three`: the first, the middle and the last byte as one number. */
function slotOf(length: number, three: number): number {
  return (Math.imul(three, 0x9e3779b1) ^ Math.imul(length, 0x85ebca6b)) >>> (32 - SLOT_BITS)
}
