import { constants, zstdCompressSync } from 'node:zlib'
import type { EventOf } from '../../../domain/record/events.ts'
import type { Piece } from './piece-text.ts'

type Shown = Pick<EventOf<'stream.data'>, 'data' | 'base64' | 'zstd'>

/** Smaller pieces are not compressed. What people type and read comes in smaller pieces, and stays searchable in the file. */
const MIN_COMPRESSED_BYTES = 8 * 1024
/**
 * The fastest level that still compresses logs and zeros well, which also saves encoding, hashing and syncing. Compression is synchronous:
 * 48 KiB take 0.1 ms, and passing them to the thread pool takes longer.
 */
const FAST_ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: -3 }, chunkSize: 16 * 1024 }
/** The compressed form is used only if it is smaller than this share of the piece. */
const MAX_RATIO = 0.75
/** After a piece that does not compress, this many pieces are not tried. */
const SKIPPED = 7

const plain = ({ bytes, isText }: Piece): Shown => (isText ? { data: bytes.toString('utf8') } : { base64: bytes.toString('base64') })

/** Encodes the pieces of a channel for records: as text, or as base64 if they are not text. Large pieces are compressed. */
export class PieceEncoder {
  #skip = 0

  encode(piece: Piece): Shown {
    if (piece.bytes.length < MIN_COMPRESSED_BYTES || this.#skip-- > 0) return plain(piece)
    // With the size, zstd allocates tables for 48 KiB only: a quarter less time for the same result.
    const zstd = zstdCompressSync(piece.bytes, { ...FAST_ZSTD, pledgedSrcSize: piece.bytes.length })
    this.#skip = zstd.length < piece.bytes.length * MAX_RATIO ? 0 : SKIPPED
    return this.#skip > 0 ? plain(piece) : { zstd: zstd.toString('base64') }
  }
}
