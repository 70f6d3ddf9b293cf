import { gunzipSync, gzipSync } from 'node:zlib'
import type { Codecs } from '../../domain/mask/masker.ts'

/**
 * Maximum decompressed size. What is decompressed is masked at once, which takes up to 0.3 s for each MB, so a user that may write objects must not
 * make much of little: charts compress to a fifth or a tenth of their size.
 */
const MAX_BYTES = 12 << 20
const MAX_RATIO = 40
/** A text of up to this size may compress to anything: a chart that repeats itself. */
const ALWAYS_BYTES = 256 << 10

const limitOf = ({ length }: Buffer): number => Math.min(MAX_BYTES, Math.max(ALWAYS_BYTES, length * MAX_RATIO))

export const codecs: Codecs = {
  gunzip: (bytes) => gunzipSync(bytes, { maxOutputLength: limitOf(bytes) }),
  gzip: (bytes) => gzipSync(bytes),
}
