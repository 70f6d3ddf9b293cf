import type { EventOf } from './events.ts'

/** What a piece of a stream shows as text: bytes that are no text show as a terminal shows them, by replacement characters. */
export function shownIn({ data, base64 }: Pick<EventOf<'stream.data'>, 'data' | 'base64'>): string {
  return data ?? Buffer.from(base64 ?? '', 'base64').toString('utf8')
}
