import type { TextMasker } from '../../../domain/mask/masker.ts'
import type { Channel, Recording } from './recording.ts'

/** One channel of a stream: masks what passes and adds it to the recording. */
export class MaskedChannel {
  readonly #masker: TextMasker
  readonly #record: ((masked: Buffer) => void) | undefined

  /** Without a recording it only masks. */
  constructor(masker: TextMasker, recording?: { readonly of: Recording; readonly as: Channel }) {
    this.#masker = masker
    this.#record = recording === undefined ? undefined : (masked) => recording.of.add(recording.as, masked)
  }

  /** What may go on now; the rest may be the beginning of a known value. */
  push(data: Buffer): Buffer {
    return this.#pass(this.#masker.push(data))
  }

  /** What a pause releases. */
  idle(): Buffer {
    return this.#pass(this.#masker.idle())
  }

  end(): Buffer {
    return this.#pass(this.#masker.end())
  }

  #pass(masked: Buffer): Buffer {
    if (masked.length > 0) this.#record?.(masked)
    return masked
  }
}
