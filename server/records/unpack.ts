import { zstdDecompressSync } from 'node:zlib'
import type { Unpack } from '../../domain/record/unpacked.ts'

/** A piece of a stream is at most 48 KiB. Anything that decompresses to more than this is a decompression bomb. */
const MAX_PIECE_BYTES = 1024 * 1024

export const unpack: Unpack = (compressed) => zstdDecompressSync(compressed, { maxOutputLength: MAX_PIECE_BYTES })
