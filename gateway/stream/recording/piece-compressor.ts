import { constants, createZstdCompress, type ZstdCompress } from 'node:zlib'

/** The fastest level that still compresses logs and zeros well, which also saves encoding, hashing and syncing. */
const FAST = { [constants.ZSTD_c_compressionLevel]: -3 }
/** Memory for output. Most pieces become less than a fifth of it. */
const OUTPUT_BYTES = 64 * 1024
/** More than any piece takes compressed, so that a piece is done before its output is read. */
const MAX_UNREAD_BYTES = 256 * 1024

/** Each write ends a frame. It is given as a whole, so zstd knows its size and uses small tables. */
function beginFrames(): ZstdCompress {
  const options = { params: FAST, flush: constants.ZSTD_e_end, chunkSize: OUTPUT_BYTES, readableHighWaterMark: MAX_UNREAD_BYTES }
  return createZstdCompress(options).on('error', () => {}) // the write reports it
}

/**
 * Compresses pieces, one after the other, into a frame of zstd each. Works in the thread pool: the thread that relays all streams has enough to do.
 * Uses one context for all pieces: making a context for each takes nearly as much time as compressing it.
 */
export class PieceCompressor {
  readonly #begin: () => ZstdCompress
  #zstd: ZstdCompress | undefined
  #last: Promise<unknown> = Promise.resolve()

  /** `begin` makes a context. Optional. */
  constructor(begin = beginFrames) {
    this.#begin = begin
  }

  /** The bytes must not change meanwhile. @throws the error of zlib */
  compress(bytes: Buffer): Promise<Buffer> {
    const next = this.#last.then(() => this.#compressed(bytes))
    this.#last = next.catch(() => {})
    return next
  }

  #compressed(bytes: Buffer): Promise<Buffer> {
    const zstd = (this.#zstd ??= this.#begin())
    return new Promise((resolve, reject) => {
      zstd.write(bytes, (error) => {
        const frame = zstd.read() as Buffer | null
        if (frame !== null && (error === null || error === undefined)) return resolve(frame)
        this.#zstd = undefined
        zstd.destroy()
        reject(error ?? new Error('zstd made nothing of a piece'))
      })
    })
  }
}
