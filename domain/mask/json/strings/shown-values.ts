/** What a Secret shows in place of the value that is being read. */
import type { MaskerOptions } from '../../masker-options.ts'
import type { Fingerprint } from '../../secret/placeholders.ts'
import type { SecretLocator } from '../fields/field-reader.ts'

export class ShownValues {
  readonly #options: MaskerOptions
  readonly #reader: SecretLocator

  constructor(options: MaskerOptions, reader: SecretLocator) {
    this.#options = options
    this.#reader = reader
  }

  /** Whether a placeholder may reveal that a value changed. In the response to a write, only for keys that the write did not choose. */
  get #varies(): boolean {
    const { echo, chosen = 'all' } = this.#options
    return echo !== true || (chosen !== 'all' && !chosen.includes(this.#reader.key))
  }

  /** For a value in base64. */
  of(value: Buffer | string): string {
    return this.#varies ? this.#options.placeholders.of(this.#reader.place(), value) : this.unvarying()
  }

  unvarying(): string {
    return this.#options.placeholders.unvarying(this.#reader.place())
  }

  /** For a value that arrives in parts. Undefined if the placeholder does not depend on the value. */
  open(): Fingerprint | undefined {
    return this.#varies ? this.#options.placeholders.open(this.#reader.place()) : undefined
  }
}
