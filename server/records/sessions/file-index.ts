import type { RecordedEvent } from '../../../domain/record/replay.ts'
import { createLineSplitter, type LineSplitter } from '../../../domain/record/line-splitter.ts'
import { joinTwo, touches } from '../../../domain/record/sessions/join-runs.ts'
import { isActivity, runOf, type Run } from '../../../domain/record/sessions/run.ts'

/** A file is read in blocks of this size, in bytes. The index knows in which blocks lines of a session begin. */
export const BLOCK_BYTES = 256 * 1024

/** A run within one file, and the blocks in which its lines begin, ascending. */
export type FileRun = { run: Run; readonly blocks: number[] }

/** Approximate memory in bytes of a run, an entry of one of its lists, and a block. */
const RUN_BYTES = 700
const ENTRY_BYTES = 120
const BLOCK_ENTRY_BYTES = 8

const entriesOf = ({ policies, grants, requests, places, terminals }: Run): number =>
  policies.length + grants.length + requests.length + places.length + terminals.length

/** The event of a line, without a check of its hash: an index only finds lines, and what is served is checked. Undefined for anything else. */
function eventIn(bytes: Uint8Array): RecordedEvent | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
    return typeof value === 'object' && value !== null && 'event' in value && 'time' in value && !Number.isNaN(Date.parse(String(value.time)))
      ? (value as RecordedEvent)
      : undefined
  } catch {
    return undefined
  }
}

/** `HOST PID` of an opening line. */
const hostOf = (writer: unknown): string => (typeof writer === 'string' ? (writer.split(' ')[0] ?? '') : '')

/** Which sessions are in a file and where. Extended while the file grows. */
export class FileIndex {
  readonly #splitter: LineSplitter = createLineSplitter()
  readonly #sessions = new Map<string, FileRun[]>()
  /** Time of the first line that begins in each block. */
  readonly #blockTimes: number[] = []
  #writer = ''
  #read = 0
  #lineStart = 0

  /** Number of bytes that were read. */
  get bytes(): number {
    return this.#read
  }

  /** Number of bytes of whole lines. */
  get wholeBytes(): number {
    return this.#lineStart
  }

  /** Adds the next bytes of the file. */
  feed(chunk: Uint8Array): void {
    this.#read += chunk.length
    for (const { bytes, end } of this.#splitter.feed(chunk)) {
      this.#add(bytes, Math.floor(this.#lineStart / BLOCK_BYTES))
      this.#lineStart = end
    }
  }

  /** The runs of all sessions, or of one. */
  *runs(session?: string): Generator<FileRun> {
    if (session !== undefined) yield* this.#sessions.get(session) ?? []
    else for (const runs of this.#sessions.values()) yield* runs
  }

  /** The blocks of a run that may have lines at or after a time. */
  blocksFrom({ blocks }: FileRun, timeMs: number): readonly number[] {
    // Lines of the same millisecond can be in two blocks.
    const first = blocks.findLastIndex((block) => (this.#blockTimes[block] ?? 0) < timeMs)
    return blocks.slice(Math.max(0, first))
  }

  /** Approximate memory that the index takes, in bytes. */
  weight(): number {
    let weight = 1024 + this.#blockTimes.length * BLOCK_ENTRY_BYTES
    for (const { run, blocks } of this.runs()) weight += RUN_BYTES + entriesOf(run) * ENTRY_BYTES + blocks.length * BLOCK_ENTRY_BYTES
    return weight
  }

  #add(bytes: Uint8Array, block: number): void {
    const event = eventIn(bytes)
    if (event === undefined) return
    this.#blockTimes[block] ??= Date.parse(event.time)
    if ('writer' in event && this.#writer === '') this.#writer = hostOf(event.writer)
    if (!isActivity(event)) return
    const run = runOf(event, this.#writer)
    const runs = this.#sessions.get(run.session) ?? []
    this.#sessions.set(run.session, runs)
    const last = runs.at(-1)
    if (last === undefined || !touches(last.run, run)) return void runs.push({ run, blocks: [block] })
    last.run = joinTwo(last.run, run)
    if (last.blocks.at(-1) !== block) last.blocks.push(block)
  }
}
