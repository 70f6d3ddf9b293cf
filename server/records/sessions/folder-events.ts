import { join } from 'node:path'
import { readLine } from '../../../domain/record/chain.ts'
import { eventOf, sessionOf, type RecordedEvent } from '../../../domain/record/replay.ts'
import type { FileIndex } from './file-index.ts'
import { linesInBlocks } from './read-blocks.ts'
import { compareKeys, type Key, type KeyedEvent } from './source.ts'

export type IndexedFile = { readonly name: string; readonly index: FileIndex }
export type WantedEvents = {
  readonly session: string
  readonly fromMs: number
  readonly toMs: number
  readonly after?: Key | undefined
  /** Whether the data of streams is wanted. */
  readonly data: boolean
  readonly wants: (event: RecordedEvent) => boolean
  /** Called for each line that was changed or damaged. */
  readonly unreadable: () => void
}

/** Bytes in which the name of an event is, after its number, its time and the hash of the line before. */
const NAME_BYTES = 256

/** Whether a line can be wanted, by its text: most lines are not, and checking a hash takes longer. */
function canBeWanted(bytes: Uint8Array, { session, data }: WantedEvents): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return text.includes(`"session":"${session}"`) && (data || !text.subarray(0, NAME_BYTES).includes('"event":"stream.data"'))
}

/** The blocks of a file that can hold wanted lines, each once and ascending. */
function blocksOf({ index }: IndexedFile, { session, fromMs, toMs, after }: WantedEvents): readonly number[] {
  const beginMs = after === undefined ? fromMs : Math.max(fromMs, Date.parse(after.time))
  const runs = [...index.runs(session)].filter(({ run }) => run.lastMs >= beginMs && run.startMs <= toMs)
  return [...new Set(runs.flatMap((run) => index.blocksFrom(run, beginMs)))].toSorted((one, other) => one - other)
}

/** Whether the event of a checked line is wanted. */
function isWanted({ key, event }: KeyedEvent, { session, fromMs, toMs, after, wants }: WantedEvents): boolean {
  const timeMs = Date.parse(event.time)
  const isLater = after === undefined || compareKeys(key, after) > 0
  return sessionOf(event) === session && timeMs >= fromMs && timeMs <= toMs && isLater && wants(event)
}

async function* eventsOfFile(dir: string, file: IndexedFile, wanted: WantedEvents): AsyncGenerator<KeyedEvent> {
  for await (const { bytes, end } of linesInBlocks(join(dir, file.name), blocksOf(file, wanted))) {
    if (!canBeWanted(bytes, wanted)) continue
    const line = readLine(bytes)
    if (line === undefined) wanted.unreadable()
    const event = line === undefined ? undefined : eventOf(line)
    if (event === undefined) continue
    const keyed = { key: { time: event.time, file: file.name, offset: end }, event }
    if (isWanted(keyed, wanted)) yield keyed
  }
}

type Head = { readonly events: AsyncGenerator<KeyedEvent>; next: KeyedEvent }

const startIn = ({ index }: IndexedFile, { session, toMs, fromMs }: WantedEvents): number =>
  Math.min(...[...index.runs(session)].filter(({ run }) => run.lastMs >= fromMs && run.startMs <= toMs).map(({ run }) => run.startMs))

/** The events of a session in these files, by their keys. A file is opened when the others have come to its first event, and closed at its end. */
export async function* eventsInOrder(dir: string, files: readonly IndexedFile[], wanted: WantedEvents): AsyncGenerator<KeyedEvent> {
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
