import { isUtf8 } from 'node:buffer'

const nothing: Buffer = Buffer.alloc(0)

/** How many of the last bytes begin a UTF-8 character that goes on behind them; 0 when they cannot. */
function incomplete(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? back : 0
  }
  return 0
}

export type Piece = { readonly bytes: Buffer; /** Whether it is UTF-8 without a NUL. */ readonly isText: boolean }

/**
 * One channel in the pieces that records hold: text where it is text, so that people can search it, whole to its last character. A
 * character that a piece cuts goes with the next one.
 */
export class PieceText {
  #rest = nothing

  /** Undefined: there is nothing to write yet. */
  take(piece: Buffer): Piece | undefined {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    const whole = bytes.subarray(0, bytes.length - incomplete(bytes))
    // The memory of a piece is not kept for its last bytes.
    this.#rest = whole.length === bytes.length ? nothing : Buffer.from(bytes.subarray(whole.length))
    if (isUtf8(whole) && !whole.includes(0)) return whole.length === 0 ? undefined : { bytes: whole, isText: true }
    this.#rest = nothing
    return { bytes, isText: false }
  }

  /** The beginning of a character that never came. */
  end(): Piece | undefined {
    const rest = this.#rest
    this.#rest = nothing
    return rest.length === 0 ? undefined : { bytes: rest, isText: false }
  }
}
