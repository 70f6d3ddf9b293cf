import { isUtf8 } from 'node:buffer'

const nothing: Buffer = Buffer.alloc(0)

/** The number of trailing bytes that begin an incomplete UTF-8 character; 0 if none do. */
function incomplete(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? back : 0
  }
  return 0
}

export type Piece = { readonly bytes: Buffer; /** Whether the bytes are UTF-8 without NUL. */ readonly isText: boolean }

/**
 * Splits the data of one channel into the pieces that records hold. Text pieces stay text, so that records are searchable, and end with a
 * whole character: an incomplete one moves to the next piece.
 */
export class PieceText {
  #rest = nothing

  /** Returns the next piece. Undefined if there is nothing to write yet. */
  take(piece: Buffer): Piece | undefined {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    const whole = bytes.subarray(0, bytes.length - incomplete(bytes))
    // Copied, so that these few bytes do not keep the memory of the whole piece alive.
    this.#rest = whole.length === bytes.length ? nothing : Buffer.from(bytes.subarray(whole.length))
    if (isUtf8(whole) && !whole.includes(0)) return whole.length === 0 ? undefined : { bytes: whole, isText: true }
    this.#rest = nothing
    return { bytes, isText: false }
  }

  /** Returns the bytes of a last character that is incomplete. */
  end(): Piece | undefined {
    const rest = this.#rest
    this.#rest = nothing
    return rest.length === 0 ? undefined : { bytes: rest, isText: false }
  }
}
