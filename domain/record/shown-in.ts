import type { EventOf } from './events.ts'

/** The text of a chunk of a stream. Bytes that are not UTF-8 become replacement characters, as in a terminal. */
export function streamText({ data, base64 }: Pick<EventOf<'stream.data'>, 'data' | 'base64'>): string {
  return data ?? Buffer.from(base64 ?? '', 'base64').toString('utf8')
}
