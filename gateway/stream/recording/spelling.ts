import { constants, zstdCompressSync } from 'node:zlib'
import type { EventOf } from '../../../domain/record/events.ts'
import type { Piece } from './piece-text.ts'

type Shown = Pick<EventOf<'stream.data'>, 'data' | 'base64' | 'zstd'>

/** What people type and read comes in less at once and stays as it is, so that it can be searched in the file. */
const FEW = 8 * 1024
/**
 * The fastest that still takes most off logs and zeros: what is not written need not be spelled, hashed and synced either. At once and
 * not by the thread pool: 48 KiB take 0.1 ms, and to hand them to a thread takes longer.
 */
const FAST = { params: { [constants.ZSTD_c_compressionLevel]: -3 }, chunkSize: 64 * 1024 }
/** What is hardly smaller stays as it is. */
const WORTH = 0.75
/** After a piece that did not get smaller so many are not tried. */
const SKIPPED = 7

const plain = ({ bytes, isText }: Piece): Shown => (isText ? { data: bytes.toString('utf8') } : { base64: bytes.toString('base64') })

/** The pieces of a channel as their records have them: as text, or in base64 where it is none; compressed where it is much. */
export class Spelling {
  #skip = 0

  spell(piece: Piece): Shown {
    if (piece.bytes.length < FEW || this.#skip-- > 0) return plain(piece)
    const zstd = zstdCompressSync(piece.bytes, FAST)
    this.#skip = zstd.length < piece.bytes.length * WORTH ? 0 : SKIPPED
    return this.#skip > 0 ? plain(piece) : { zstd: zstd.toString('base64') }
  }
}
