import { mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { Clock } from '../domain/clock.ts'
import { link } from '../domain/record/chain.ts'
import { sayWitness, type FileEvent, type Witness } from '../domain/record/file-events.ts'
import { createRecordFile, type RecordFile } from './record-file.ts'
import { earlierFiles, removeDrafts, toContinue, type Writer } from './record-folder.ts'

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

/** The files of one writer, one after the other: opens, rotates, and takes up what an earlier writer left. */
export class RecordFiles {
  readonly #options: RecordFilesOptions
  readonly #writer: Writer
  #made = 0
  #file: RecordFile | undefined
  /** What the next file goes on from, and the name that the last closing line gave it. */
  #last: Witness | undefined
  #next: string | undefined

  constructor(options: RecordFilesOptions) {
    const { host, pid } = options.writer ?? { host: hostname(), pid: process.pid }
    this.#options = options
    this.#writer = { host: safeHost(host), pid }
  }

  /** Takes up the chain that an earlier writer left. */
  async start(): Promise<RecordFile> {
    await mkdir(this.#options.dir, { recursive: true, mode: 0o700 })
    await removeDrafts(this.#options.dir, this.#options.clock.nowMs())
    const earlier = await earlierFiles(this.#options.dir)
    const over = toContinue(earlier, this.#writer)
    this.#last = over?.witness
    const named = over?.last['next']
    // Its writer was killed between closing it and opening the next: that name is the one to use, or it stays missing.
    if (typeof named === 'string' && /^[\w.-]{1,255}$/.test(named)) this.#next = named
    if (over !== undefined && over.witness.torn > 0)
      this.#options.onTrouble(
        new Error(`${over.witness.file} ends in ${over.witness.torn} bytes of a line that its writer was killed over; the next file says so`),
      )
    return await this.current()
  }

  #nameNext(): string {
    const time = new Date(this.#options.clock.nowMs()).toISOString().replaceAll(/[-:.]/g, '')
    this.#made += 1
    return `${time}-${this.#writer.host}-${this.#writer.pid}-${this.#made}.jsonl`
  }

  async #open(): Promise<RecordFile> {
    const { dir, clock, mode = 0o600 } = this.#options
    const continues = this.#last
    const others = (await earlierFiles(dir)).map(({ witness }) => witness).filter(({ file }) => file !== continues?.file)
    const name = this.#next ?? this.#nameNext()
    const file = await createRecordFile({
      dir,
      name,
      mode,
      nowMs: clock.nowMs(),
      continues,
      sayWitness,
      writer: `${this.#writer.host} ${this.#writer.pid}`,
      witnessed: others.map(sayWitness),
    })
    this.#file = file
    this.#next = undefined
    return file
  }

  /** The file to write to; the one before it is closed when it is full, old or spoiled. */
  async current(): Promise<RecordFile> {
    const file = this.#file
    if (file === undefined) return await this.#open()
    const { maxBytes = MAX_BYTES, maxAgeMs = MAX_AGE_MS, clock } = this.#options
    if (file.spoiled()) await this.#leave(file)
    else if (file.lines > 1 && (file.bytes >= maxBytes || clock.nowMs() - file.openedMs >= maxAgeMs)) {
      const next = this.#nameNext()
      await this.end(next)
    } else return file
    return await this.#open()
  }

  /** Writes the closing line. */
  async end(next?: string): Promise<void> {
    const file = this.#file
    if (file === undefined) return
    const closing: FileEvent = { event: 'file.closed', lines: file.lines + 1, ...(next === undefined ? {} : { next }) }
    const { line, head } = link(file.head, this.#options.clock.nowMs(), closing)
    await file.append([line], head)
    this.#next = next
    await this.#leave(file)
  }

  async #leave(file: RecordFile): Promise<void> {
    this.#last = await file.witness()
    this.#file = undefined
    await file.close()
  }
}
