import { join } from 'node:path'
import { readLine } from '../../../domain/record/chain.ts'
import { eventOf, sessionOf, type Recorded } from '../../../domain/record/replay.ts'
import type { FileIndex } from './file-index.ts'
import { linesInBlocks } from './read-blocks.ts'
import { compareKeys, type Key, type KeyedEvent } from './source.ts'

export type IndexedFile = { readonly name: string; readonly index: FileIndex }
export type Wanted = {
  readonly session: string
  readonly fromMs: number
  readonly toMs: number
  readonly after?: Key | undefined
  /** Whether the data of streams is wanted. */
  readonly data: boolean
  readonly wants: (event: Recorded) => boolean
  /** Called for each line that was changed or damaged. */
  readonly unreadable: () => void
}

/** Bytes in which the name of an event is, after its number, its time and the hash of the line before. */
const NAME_BYTES = 256

/** Whether a line can be wanted, by its text: most lines are not, and checking a hash takes longer. */
function canBeWanted(bytes: Uint8Array, { session, data }: Wanted): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return text.includes(`"session":"${session}"`) && (data || !text.subarray(0, NAME_BYTES).includes('"event":"stream.data"'))
}

async function* eventsOfFile(dir: string, { name, index }: IndexedFile, wanted: Wanted): AsyncGenerator<KeyedEvent> {
  const { session, fromMs, toMs, after } = wanted
  const beginMs = after === undefined ? fromMs : Math.max(fromMs, Date.parse(after.time))
  const blocks = [...index.runs(session)]
    .filter(({ run }) => run.lastMs >= beginMs && run.startMs <= toMs)
    .flatMap((run) => index.blocksFrom(run, beginMs))
  for await (const { bytes, end } of linesInBlocks(
    join(dir, name),
    [...new Set(blocks)].toSorted((one, other) => one - other),
  )) {
    if (!canBeWanted(bytes, wanted)) continue
    const line = readLine(bytes)
    const event = line === undefined ? undefined : eventOf(line)
    if (line === undefined) wanted.unreadable()
    if (event === undefined || sessionOf(event) !== session) continue
    const timeMs = Date.parse(event.time)
    const key = { time: event.time, file: name, offset: end }
    if (!(timeMs >= fromMs && timeMs <= toMs) || (after !== undefined && compareKeys(key, after) <= 0)) continue
    if (wanted.wants(event)) yield { key, event }
  }
}

type Head = { readonly events: AsyncGenerator<KeyedEvent>; next: KeyedEvent }

const startIn = ({ index }: IndexedFile, { session, toMs, fromMs }: Wanted): number =>
  Math.min(...[...index.runs(session)].filter(({ run }) => run.lastMs >= fromMs && run.startMs <= toMs).map(({ run }) => run.startMs))

/** The events of a session in these files, by their keys. A file is opened when the others have come to its first event, and closed at its end. */
export async function* eventsInOrder(dir: string, files: readonly IndexedFile[], wanted: Wanted): AsyncGenerator<KeyedEvent> {
  const waiting = files
    .map((file) => ({ file, startMs: startIn(file, wanted) }))
    .filter(({ startMs }) => Number.isFinite(startMs))
    .toSorted((one, other) => one.startMs - other.startMs)
  const heads: Head[] = []
  try {
    for (;;) {
      const first = (): Head | undefined => heads.toSorted((one, other) => compareKeys(one.next.key, other.next.key))[0]
      while (waiting[0] !== undefined && waiting[0].startMs <= Date.parse(first()?.next.key.time ?? '9999-12-31T23:59:59Z')) {
        const events = eventsOfFile(dir, (waiting.shift() as (typeof waiting)[number]).file, wanted)
        const { value, done } = await events.next()
        if (done !== true) heads.push({ events, next: value })
      }
      const head = first()
      if (head === undefined) return
      yield head.next
      const { value, done } = await head.events.next()
      if (done === true) heads.splice(heads.indexOf(head), 1)
      else head.next = value
    }
  } finally {
    await Promise.all(heads.map(({ events }) => events.return(undefined)))
  }
}
