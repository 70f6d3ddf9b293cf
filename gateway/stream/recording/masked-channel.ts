import type { TextMasker } from '../../../domain/mask/masker.ts'
import type { RecordedChannel, Recording } from './recording.ts'

/** One channel of a stream. Masks its data and adds the result to the recording. */
export class MaskedChannel {
  readonly #masker: TextMasker
  readonly #record: ((masked: Buffer) => void) | undefined

  /** Only masks if `recording` is omitted. */
  constructor(masker: TextMasker, recording?: { readonly of: Recording; readonly as: RecordedChannel }) {
    this.#masker = masker
    this.#record = recording === undefined ? undefined : (masked) => recording.of.add(recording.as, masked)
  }

  /** Returns the masked bytes that can be sent now, in pieces. Holds back bytes that may be the beginning of a known value. */
  push(data: Buffer): readonly Buffer[] {
    const pieces = this.#masker.pushPieces(data)
    for (const piece of pieces) this.#pass(piece)
    return pieces
  }

  /** Returns the bytes to release after a pause in the stream. */
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
