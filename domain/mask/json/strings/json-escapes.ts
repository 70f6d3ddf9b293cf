/** Reads one JSON escape byte by byte, including surrogate pairs, and decodes it to UTF-8. */
import { CannotMask } from '../../cannot-mask.ts'

const SIMPLE: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
const UNIT = 6

export type Escape = { readonly raw: Buffer; readonly meaning: Buffer }

/** Two-character escapes, indexed by the second character. Nearly all escapes are of this form. */
const short: readonly (Escape | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte)
  const meaning = Object.hasOwn(SIMPLE, letter) ? SIMPLE[letter] : undefined
  return meaning === undefined ? undefined : { raw: Buffer.from(`\\${letter}`), meaning: Buffer.from(meaning) }
})

/** The escape whose backslash is at an offset, if it is a two-character escape that is complete in this chunk. */
export function shortEscape(chunk: Buffer, at: number): Escape | undefined {
  return at + 1 < chunk.length ? short[chunk[at + 1] as number] : undefined
}

export class EscapeReader {
  #raw = ''

  get open(): boolean {
    return this.#raw !== ''
  }

  /**
   * Consumes a byte. Returns the finished escapes: none yet, one, or two if half of a surrogate pair was followed by something else.
   * `taken` is false if the byte is not part of an escape and must be read again.
   */
  feed(byte: number): { taken: boolean; done: readonly Escape[] } {
    if (this.#raw.length === UNIT && byte !== 0x5c) return { taken: false, done: [this.#finish(this.#raw)] }
    this.#raw += String.fromCharCode(byte)
    return { taken: true, done: this.#done(this.#raw) }
  }

  #done(raw: string): readonly Escape[] {
    if (raw.length === 2) return raw[1] === 'u' ? [] : [this.#finish(raw)]
    if (raw.length === UNIT) return isHigh(raw) ? [] : [this.#finish(raw)]
    return raw.length < UNIT ? [] : this.#pair(raw.slice(0, UNIT), raw.slice(UNIT))
  }

  /**
   * Half of a surrogate pair, and what has arrived of the escape after it. That escape need not be the other half: it may be `\n` or a unit
   * of its own.
   */
  #pair(first: string, second: string): readonly Escape[] {
    if (second.length === 2 && second[1] !== 'u') return [this.#finish(first), this.#finish(second)]
    if (second.length < UNIT) return []
    if (isLow(second)) return [this.#finish(first + second)]
    if (!isHigh(second)) return [this.#finish(first), this.#finish(second)]
    const half = this.#finish(first)
    this.#raw = second
    return [half]
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
  return raw.length === UNIT ? String.fromCharCode(unit(raw)) : String.fromCharCode(unit(raw.slice(0, UNIT)), unit(raw.slice(UNIT)))
}

function unit(raw: string): number {
  if (!/^\\u[0-9a-fA-F]{4}$/.test(raw)) throw new CannotMask('a malformed JSON escape')
  return Number.parseInt(raw.slice(2), 16)
}

function isHigh(raw: string): boolean {
  const value = unit(raw)
  return value >= 0xd800 && value < 0xdc00
}

function isLow(raw: string): boolean {
  const value = unit(raw)
  return value >= 0xdc00 && value < 0xe000
}
