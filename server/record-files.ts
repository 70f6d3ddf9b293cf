import { mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { Clock } from '../domain/clock.ts'
import { inside, link } from '../domain/record/chain.ts'
import type { FileEvent, Witness } from '../domain/record/file-events.ts'
import { createRecordFile, type RecordFile } from './record-file.ts'
import { readFolder, removeDrafts, toContinue, type Folder, type Writer } from './record-folder.ts'

export type RecordFilesOptions = {
  readonly dir: string
  readonly clock: Clock
  /** A file is closed, and a new one begun, once it has reached this size in bytes. Left out: 64 MiB. */
  readonly maxBytes?: number
  /** The same at this age. Left out: one day. Looked at when something is recorded. */
  readonly maxAgeMs?: number
  /** Mode of new files. Left out: 0600, nobody else reads what agents did. */
  readonly mode?: number
  /** Left out: this process on this host. */
  readonly writer?: Writer
  /** Told of every failure besides its being thrown, and of what an earlier writer left torn. */
  readonly onTrouble: (error: unknown) => void
}

const MAX_BYTES = 64 * 1024 * 1024
const MAX_AGE_MS = 24 * 3600 * 1000

const safeHost = (host: string): string => host.replaceAll(/[^A-Za-z0-9.-]/g, '_').slice(0, 63) || 'unnamed'

/** Files of this process so far: two recorders of one process never choose the same name. */
let made = 0

/** The files of one writer, one after the other: opens, rotates, and takes up what an earlier writer left. */
export class RecordFiles {
  readonly #options: RecordFilesOptions
  readonly #writer: Writer
  #file: RecordFile | undefined
  /** What the next file goes on from, and the name that the closing line gave it. */
  #last: Witness | undefined
  #next: string | undefined

  constructor(options: RecordFilesOptions) {
    const { host, pid } = options.writer ?? { host: hostname(), pid: process.pid }
    this.#options = options
    this.#writer = { host: safeHost(host), pid }
  }

  /** Takes up the chain that an earlier writer left. */
  async start(): Promise<RecordFile> {
    const { dir, clock, onTrouble } = this.#options
    await mkdir(dir, { recursive: true, mode: 0o700 })
    await removeDrafts(dir, clock.nowMs())
    const folder = await readFolder(dir)
    this.#last = toContinue(folder.earlier, this.#writer)?.witness
    if (this.#last !== undefined && this.#last.torn > 0)
      onTrouble(new Error(`${this.#last.file} ends in ${this.#last.torn} bytes of a line that its writer was killed over; the next file says so`))
    return await this.#open(folder)
  }

  #nameNext(): string {
    const time = new Date(this.#options.clock.nowMs()).toISOString().replaceAll(/[-:.]/g, '')
    made += 1
    return `${time}-${this.#writer.host}-${this.#writer.pid}-${made}.jsonl`
  }

  async #open({ earlier, missing }: Folder): Promise<RecordFile> {
    const { dir, clock, mode = 0o600 } = this.#options
    const continues = this.#last
    const name = this.#next ?? this.#nameNext()
    const file = await createRecordFile(
      { dir, name, mode, nowMs: clock.nowMs() },
      {
        writer: `${this.#writer.host} ${this.#writer.pid}`,
        continues,
        witnessed: earlier.map(({ witness }) => witness).filter((witness) => witness.file !== continues?.file),
        missing: missing.filter((other) => other !== name),
      },
    )
    this.#file = file
    this.#next = undefined
    return file
  }

  #isFull({ lines, bytes, openedMs }: RecordFile): boolean {
    const { maxBytes = MAX_BYTES, maxAgeMs = MAX_AGE_MS, clock } = this.#options
    return lines > 1 && (bytes >= maxBytes || clock.nowMs() - openedMs >= maxAgeMs)
  }

  /** The file that can be written to as it is. Undefined: ask for the `current` one. */
  get ready(): RecordFile | undefined {
    const file = this.#file
    return file !== undefined && !file.spoiled() && !this.#isFull(file) ? file : undefined
  }

  /** The file to write to; the one before it is made durable and closed when it is full, old or spoiled. */
  async current(): Promise<RecordFile> {
    const { ready } = this
    if (ready !== undefined) return ready
    const file = this.#file
    // Read before the closing line is written: a writer that is killed between the two files leaves one that is named and not there.
    const folder = await readFolder(this.#options.dir)
    if (file?.spoiled() === true) await this.#leave(file)
    else if (file !== undefined) await this.end(this.#nameNext())
    return await this.#open(folder)
  }

  /** Writes the closing line. */
  async end(next?: string): Promise<void> {
    const file = this.#file
    if (file === undefined) return
    const closing: FileEvent = { event: 'file.closed', lines: file.lines + 1, ...(next === undefined ? {} : { next }) }
    const { line, head } = link(file.head, this.#options.clock.nowMs(), inside(closing))
    file.append([line], head)
    await file.sync()
    this.#next = next
    await this.#leave(file)
  }

  async #leave(file: RecordFile): Promise<void> {
    this.#last = await file.witness()
    this.#file = undefined
    await file.close()
  }
}
