/** Reads one JSON escape byte by byte, surrogate pairs included, and says what it means in UTF-8. */
import { CannotMask } from './cannot-mask.ts'

const SIMPLE: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
const UNIT = 6

export type Escape = { raw: Buffer; meaning: Buffer }

export class EscapeReader {
  #raw = ''

  get open(): boolean {
    return this.#raw !== ''
  }

  /**
   * Takes a byte. Returns the finished escapes: none yet, one, or two when half a surrogate pair was followed by something else.
   * `taken` is false when the byte belongs to no escape and must be read again.
   */
  feed(byte: number): { taken: boolean; done: readonly Escape[] } {
    if (this.#raw.length === UNIT && byte !== 0x5c) return { taken: false, done: [this.#finish(this.#raw)] }
    this.#raw += String.fromCharCode(byte)
    const raw = this.#raw
    if (raw.length === 2) {
      if (raw[1] === 'u') return { taken: true, done: [] }
      return { taken: true, done: [this.#finish(raw)] }
    }
    if (raw.length === UNIT) return { taken: true, done: isHigh(raw) ? [] : [this.#finish(raw)] }
    if (raw.length === UNIT + 2 && raw[UNIT + 1] !== 'u') {
      return { taken: true, done: [this.#finish(raw.slice(0, UNIT)), this.#finish(raw.slice(UNIT))] }
    }
    if (raw.length === 2 * UNIT) {
      const low = unit(raw.slice(UNIT))
      if (low >= 0xdc00 && low < 0xe000) return { taken: true, done: [this.#finish(raw)] }
      const first = this.#finish(raw.slice(0, UNIT))
      if (!isHigh(raw.slice(UNIT))) return { taken: true, done: [first, this.#finish(raw.slice(UNIT))] }
      this.#raw = raw.slice(UNIT)
      return { taken: true, done: [first] }
    }
    return { taken: true, done: [] }
  }

  #finish(raw: string): Escape {
    this.#raw = ''
    return { raw: Buffer.from(raw, 'latin1'), meaning: Buffer.from(meaningOf(raw)) }
  }
}

function meaningOf(raw: string): string {
  if (raw[1] !== 'u') {
    const simple = SIMPLE[raw[1] as string]
    if (simple === undefined) throw new CannotMask('an unknown JSON escape')
    return simple
  }
  return raw.length === UNIT ? String.fromCharCode(unit(raw)) : String.fromCharCode(unit(raw), unit(raw.slice(UNIT)))
}

function unit(raw: string): number {
  if (!/^\\u[0-9a-fA-F]{4}$/.test(raw)) throw new CannotMask('a malformed JSON escape')
  return Number.parseInt(raw.slice(2), 16)
}

function isHigh(raw: string): boolean {
  const value = unit(raw)
  return value >= 0xd800 && value < 0xdc00
}
