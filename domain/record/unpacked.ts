import type { RecordedEvent } from './replay.ts'

/** Port: decompresses zstd; domain imports only node:crypto. May throw. Must limit its output. */
export type Unpack = (compressed: Buffer) => Buffer

/** Uncompressed bytes in the format of stream.data. */
function spelled(bytes: Buffer): { readonly data: string } | { readonly base64: string } {
  try {
    if (!bytes.includes(0)) return { data: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    // Not UTF-8.
  }
  return { base64: bytes.toString('base64') }
}

/** The event with its data decompressed. Undefined when decompression fails. */
export function unpacked(event: RecordedEvent, unpack: Unpack): RecordedEvent | undefined {
  if (event.event !== 'stream.data' || event.zstd === undefined) return event
  const { zstd, ...rest } = event
  try {
    return { ...rest, ...spelled(unpack(Buffer.from(zstd, 'base64'))) }
  } catch {
    return undefined
  }
}
