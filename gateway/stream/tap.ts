import type { TextMasker } from '../../domain/mask/masker.ts'
import type { Transcript } from './transcript.ts'

/** One channel of a stream: masks what passes and writes it down before it may go on. */
export class Tap {
  readonly #masker: TextMasker
  readonly #record: ((masked: Buffer) => Promise<void>) | undefined

  /** Without a transcript it only masks. */
  constructor(masker: TextMasker, transcript?: { readonly of: Transcript; readonly as: 'stdin' | 'stdout' | 'stderr' }) {
    this.#masker = masker
    this.#record = transcript === undefined ? undefined : (masked) => transcript.of.add(transcript.as, masked)
  }

  /** What may go on now; the rest may be the beginning of a known value. */
  async push(data: Buffer): Promise<Buffer> {
    return this.#pass(this.#masker.push(data))
  }

  /** What a pause releases. */
  async idle(): Promise<Buffer> {
    return this.#pass(this.#masker.idle())
  }

  async end(): Promise<Buffer> {
    return this.#pass(this.#masker.end())
  }

  async #pass(masked: Buffer): Promise<Buffer> {
    if (masked.length > 0) await this.#record?.(masked)
    return masked
  }
}
