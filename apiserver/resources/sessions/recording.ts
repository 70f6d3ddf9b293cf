import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { castFrame, castHeader } from '../../../domain/record/asciicast.ts'
import type { Recorded } from '../../../domain/record/replay.ts'
import { unpacked } from '../../../domain/record/unpacked.ts'
import { unpack } from '../../../server/records/unpack.ts'
import { printable } from './printable.ts'

export type CastOptions = {
  readonly title: string
  /** Frames until then are left out. In milliseconds since the stream opened. */
  readonly afterMs: number
  /** Largest size of the answer in characters. */
  readonly maxLength: number
}

/** Pieces among which the first size of the terminal is looked for. A client sends it when the stream opens. */
const LOOK_AHEAD = 8

type Data = Recorded<'stream.data'>

/** The data of a stream, decompressed. What cannot be decompressed is shown as a marker. */
async function* dataOf(events: AsyncIterable<Recorded>): AsyncGenerator<Data | undefined> {
  for await (const event of events) {
    if (event.event !== 'stream.data') continue
    const plain = unpacked(event, unpack)
    yield plain?.event === 'stream.data' ? plain : undefined
  }
}

/** The lines of an asciicast v2 of a stream, in constant memory. A recording that is too long is cut, and its last frame says how to get the rest. */
export async function* castLines(events: AsyncGenerator<Recorded>, { title, afterMs, maxLength }: CastOptions): AsyncGenerator<string> {
  const first = await events.next()
  const opened = first.done !== true && first.value.event === 'stream.opened' ? first.value : undefined
  const about = { title, timestamp: Math.floor(Date.parse(first.done === true ? '' : first.value.time) / 1000) || 0, command: opened?.command }
  const pieces = dataOf(opened === undefined && first.done !== true ? prefixed(first.value, events) : events)
  const ahead: (Data | undefined)[] = []
  while (ahead.length < LOOK_AHEAD && ahead.at(-1)?.channel !== 'resize') {
    const next = await pieces.next()
    if (next.done === true) break
    ahead.push(next.value)
  }
  let length = 0
  let atMs = 0
  const line = (text: string): string => {
    length += text.length
    return `${printable(text)}\n`
  }
  yield line(
    castHeader(
      about,
      ahead.filter((piece) => piece !== undefined),
    ),
  )
  const frame = (piece: Data | undefined): string | undefined => {
    if (piece === undefined) return JSON.stringify([atMs / 1000, 'm', 'a piece of the recording cannot be read'])
    // Channels are written independently, and players expect times that do not decrease.
    atMs = Math.max(atMs, piece.offsetMs)
    return atMs <= afterMs && afterMs > 0 ? undefined : castFrame(piece, opened?.tty === true, atMs)
  }
  for await (const piece of joined(ahead, pieces)) {
    const shown = frame(piece)
    if (shown === undefined) continue
    if (length + shown.length > maxLength) {
      yield line(JSON.stringify([atMs / 1000, 'm', `the recording goes on: ask for it with after=${Math.max(0, atMs - 1) / 1000}`]))
      return
    }
    yield line(shown)
  }
}

async function* prefixed(first: Recorded, rest: AsyncIterable<Recorded>): AsyncGenerator<Recorded> {
  yield first
  yield* rest
}

async function* joined<T>(first: readonly T[], rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield* first
  yield* rest
}

/** Sends lines as fast as the client reads them. */
export async function sendCast(response: ServerResponse, lines: AsyncIterable<string>, gone: AbortSignal): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-asciicast', 'cache-control': 'no-cache, private', 'x-content-type-options': 'nosniff' })
  for await (const line of lines) if (!response.write(line)) await once(response, 'drain', { signal: gone })
  response.end()
}
