import { unpack } from '../../server/records/unpack.ts'
import type { EventOf } from '../../domain/record/events.ts'

/** The bytes of a piece of a stream, in whichever encoding its record has them. */
export function bytesIn({ data, base64, zstd }: Pick<EventOf<'stream.data'>, 'data' | 'base64' | 'zstd'>): Buffer {
  if (zstd !== undefined) return unpack(Buffer.from(zstd, 'base64'))
  return data === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(data)
}
