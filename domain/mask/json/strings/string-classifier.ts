import type { MaskerOptions } from '../../masker-options.ts'
import type { Positions } from '../../positions/positions.ts'
import { MAX_REFERENCE } from '../../positions/reference-text.ts'
import { isPacked } from '../../secret/packed-text.ts'
import { ValueFilter } from '../../text/value-filter.ts'
import { Output } from '../output.ts'

/** Decides what to do with a string, from its content and its position. */
export class StringClassifier {
  readonly #options: MaskerOptions
  readonly #positions: Positions
  /** For strings that are not in the current chunk. */
  #aside: ValueFilter | undefined

  constructor(options: MaskerOptions, positions: Positions) {
    this.#options = options
    this.#positions = positions
  }

  /** Decides about a complete string with the role `pass`. */
  judge(meaning: Buffer): 'shown' | 'token' | 'packed' | 'pass' {
    const { length } = meaning
    if (this.isWeak(meaning, 0, length) && this.#positions.besideCredential) return 'token'
    if (isPacked(meaning, 0, length)) return 'packed'
    const aside = (this.#aside ??= new ValueFilter(this.#options, new Output()))
    aside.look(meaning)
    return aside.clean(0, length) || this.keeps(meaning, 0, length) ? 'shown' : 'pass'
  }

  /** Whether bytes[from, to) are in a position where nothing is ever changed. */
  keeps(bytes: Buffer, from: number, to: number): boolean {
    return to - from <= MAX_REFERENCE && this.#positions.keeps(bytes.toString('utf8', from, to))
  }

  /** Whether bytes[from, to) are a weak value of a Secret. */
  isWeak(bytes: Buffer, from: number, to: number): boolean {
    return (this.#options.weak ?? this.#options.known.weak).hasBytes(bytes, from, to)
  }
}

/** Escapes a text for the inside of a JSON string. */
export function escapedText(text: string): Buffer {
  return Buffer.from(JSON.stringify(text).slice(1, -1))
}
