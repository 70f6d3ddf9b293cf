import { gunzipSync, gzipSync } from 'node:zlib'
import type { Codecs } from '../../domain/mask/masker.ts'

/** Maximum decompressed size. A Helm release is at most 1 MiB compressed, so more than this is a decompression bomb. */
const MAX_RELEASE_BYTES = 32 * 1024 * 1024

export const codecs: Codecs = {
  gunzip: (bytes) => gunzipSync(bytes, { maxOutputLength: MAX_RELEASE_BYTES }),
  gzip: (bytes) => gzipSync(bytes),
}
