import type { EventOf } from '../../../domain/record/events.ts'
import { PieceCompressor } from './piece-compressor.ts'
import type { Piece } from './piece-text.ts'

export type EncodedPiece = Pick<EventOf<'stream.data'>, 'data' | 'base64' | 'zstd'>

/** Smaller pieces are not compressed. What people type and read comes in smaller pieces, and stays searchable in the file. */
const MIN_COMPRESSED_BYTES = 8 * 1024
/** The compressed form is used only if it is smaller than this share of the piece. */
const MAX_RATIO = 0.75
/** After a piece that does not compress, this many pieces are not tried. */
const SKIPPED = 7

const sharedCompressor = new PieceCompressor()

const plain = ({ bytes, isText }: Piece): EncodedPiece => (isText ? { data: bytes.toString('utf8') } : { base64: bytes.toString('base64') })

/** Encodes the pieces of a channel for records: as text, or as base64 if they are not text. Large pieces are compressed. */
export class PieceEncoder {
  readonly #compressor: Pick<PieceCompressor, 'compress'>
  #skip = 0

  /** Optional. Defaults to the compressor that all channels share. */
  constructor(compressor: Pick<PieceCompressor, 'compress'> = sharedCompressor) {
    this.#compressor = compressor
  }

  /** Callers make one call at a time. Uses the memory of the piece until it resolves; a small piece is encoded at once. */
  encode(piece: Piece): EncodedPiece | Promise<EncodedPiece> {
    return piece.bytes.length < MIN_COMPRESSED_BYTES || this.#skip-- > 0 ? plain(piece) : this.#compressed(piece)
  }

  async #compressed(piece: Piece): Promise<EncodedPiece> {
    const zstd = await this.#compressor.compress(piece.bytes).catch(() => undefined) // it can be recorded as it is
    this.#skip = zstd !== undefined && zstd.length < piece.bytes.length * MAX_RATIO ? 0 : SKIPPED
    return zstd === undefined || this.#skip > 0 ? plain(piece) : { zstd: zstd.toString('base64') }
  }
}
