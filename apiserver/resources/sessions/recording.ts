import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { castFrame, castHeader, cutMarker } from '../../../domain/record/asciicast.ts'
import type { RecordedEvent } from '../../../domain/record/replay.ts'
import { unpacked } from '../../../domain/record/unpacked.ts'
import { unpack } from '../../../server/records/unpack.ts'
import { printable } from './printable.ts'

export type CastOptions = {
  readonly title: string
  /** Frames until then are left out. In milliseconds since the stream opened. */
  readonly afterMs: number
  /** Largest size of the lines of frames, in bytes. */
  readonly maxBytes: number
}

/** Pieces among which the first size of the terminal is looked for. A client sends it when the stream opens. */
const LOOK_AHEAD = 8

type Data = RecordedEvent<'stream.data'>

/** The data of a stream, decompressed. What cannot be decompressed is shown as a marker. */
async function* dataOf(events: AsyncIterable<RecordedEvent>): AsyncGenerator<Data | undefined> {
  for await (const event of events) {
    if (event.event !== 'stream.data') continue
    const plain = unpacked(event, unpack)
    yield plain?.event === 'stream.data' ? plain : undefined
  }
}

type Opened = {
  readonly opened: RecordedEvent<'stream.opened'> | undefined
  readonly timestamp: number
  readonly pieces: AsyncGenerator<Data | undefined>
}

/** The first event says how the stream was opened. */
async function openedOf(events: AsyncGenerator<RecordedEvent>): Promise<Opened> {
  const { value: first, done } = await events.next()
  if (done === true) return { opened: undefined, timestamp: 0, pieces: dataOf(events) }
  const timestamp = Math.floor(Date.parse(first.time) / 1000)
  if (first.event === 'stream.opened') return { opened: first, timestamp, pieces: dataOf(events) }
  return { opened: undefined, timestamp, pieces: dataOf(prefixed(first, events)) }
}

/** The pieces up to the first size of the terminal, or a few. */
async function firstOf(pieces: AsyncGenerator<Data | undefined>): Promise<readonly (Data | undefined)[]> {
  const first: (Data | undefined)[] = []
  while (first.length < LOOK_AHEAD && first.at(-1)?.channel !== 'resize') {
    const next = await pieces.next()
    if (next.done === true) break
    first.push(next.value)
  }
  return first
}

/** Makes the frames of pieces, one after the other. Undefined for a piece that is not shown. */
function createFrames(
  isTerminal: boolean,
  afterMs: number,
): { readonly atMs: () => number; readonly frame: (piece: Data | undefined) => string | undefined } {
  let atMs = 0
  const frame = (piece: Data | undefined): string | undefined => {
    if (piece === undefined) return JSON.stringify([atMs / 1000, 'm', 'a piece of the recording cannot be read'])
    // Channels are written independently, and players expect times that do not decrease.
    atMs = Math.max(atMs, piece.offsetMs)
    return afterMs > 0 && atMs <= afterMs ? undefined : castFrame(piece, isTerminal, atMs)
  }
  return { atMs: () => atMs, frame }
}

/** The lines of an asciicast v2 of a stream, in constant memory. A recording that is too long is cut, and its last frame says how to get the rest. */
export async function* castLines(events: AsyncGenerator<RecordedEvent>, { title, afterMs, maxBytes }: CastOptions): AsyncGenerator<string> {
  const { opened, timestamp, pieces } = await openedOf(events)
  const ahead = await firstOf(pieces)
  const known = ahead.filter((piece) => piece !== undefined)
  yield `${printable(castHeader({ title, timestamp, command: opened?.command }, known))}\n`
  const { atMs, frame } = createFrames(opened?.tty === true, afterMs)
  let bytes = 0
  for await (const piece of joined(ahead, pieces)) {
    const shown = frame(piece)
    if (shown === undefined) continue
    const line = `${printable(shown)}\n`
    bytes += Buffer.byteLength(line)
    if (bytes > maxBytes) return yield `${cutMarker(atMs())}\n`
    yield line
  }
}

async function* prefixed(first: RecordedEvent, rest: AsyncIterable<RecordedEvent>): AsyncGenerator<RecordedEvent> {
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
