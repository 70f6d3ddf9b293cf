import type { Recorded } from './replay.ts'

/** Decompresses zstd. A port: domain imports nothing but node:crypto. May throw, and must bound its output. */
export type Unpack = (compressed: Buffer) => Buffer

/** As stream.data spells bytes that are not compressed. */
function spelled(bytes: Buffer): { readonly data: string } | { readonly base64: string } {
  try {
    if (!bytes.includes(0)) return { data: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    // It is no text.
  }
  return { base64: bytes.toString('base64') }
}

/** The event with its bytes as they were before they were compressed. Undefined when they cannot be had. */
export function unpacked(event: Recorded, unpack: Unpack): Recorded | undefined {
  if (event.event !== 'stream.data' || event.zstd === undefined) return event
  const { zstd, ...rest } = event
  try {
    return { ...rest, ...spelled(unpack(Buffer.from(zstd, 'base64'))) }
  } catch {
    return undefined
  }
}
