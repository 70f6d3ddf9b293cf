/** What stands in a Secret instead of the value that is being read. */
import type { MaskerOptions } from '../../masker-options.ts'
import type { Fingerprint } from '../../secret/placeholders.ts'
import type { PlaceReader } from '../fields/field-reader.ts'

export class ShownValues {
  readonly #options: MaskerOptions
  readonly #reader: PlaceReader

  constructor(options: MaskerOptions, reader: PlaceReader) {
    this.#options = options
    this.#reader = reader
  }

  /** Whether a placeholder may tell that a value changed: in the answer to a write only for keys that the write did not choose. */
  get #varies(): boolean {
    const { echo, chosen = 'all' } = this.#options
    return echo !== true || (chosen !== 'all' && !chosen.includes(this.#reader.key))
  }

  /** For a value as base64. */
  of(value: Buffer | string): string {
    return this.#varies ? this.#options.placeholders.of(this.#reader.place(), value) : this.unvarying()
  }

  unvarying(): string {
    return this.#options.placeholders.unvarying(this.#reader.place())
  }

  /** For a value that comes in parts; undefined when what is shown does not vary with it. */
  open(): Fingerprint | undefined {
    return this.#varies ? this.#options.placeholders.open(this.#reader.place()) : undefined
  }
}
