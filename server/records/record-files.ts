import { mkdir, unlink, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../domain/clock.ts'
import { jsonFields } from '../../domain/record/chain.ts'
import type { FileEvent, Witness } from '../../domain/record/file-events.ts'
import { hasErrorCode, unlessMissing } from '../system-error.ts'
import { createRecordFile, type RecordFile } from './file.ts'
import { linesOf } from './linked-lines.ts'
import { outdatedFiles, type Retention } from './record-retention.ts'
import { readFolder, removeDrafts, fileToContinue, type Folder, type Writer } from './folder.ts'

export type RecordFilesOptions = {
  readonly dir: string
  readonly clock: Clock
  /** Size in bytes at which a file is closed and a new one is started. Optional. Defaults to 64 MiB. */
  readonly maxBytes?: number
  /** Age at which a file is closed and a new one is started, checked when an event is recorded. Optional. Defaults to one day. */
  readonly maxAgeMs?: number
  /** Mode of new files. Optional. Defaults to 0600, since other users must not read what agents did. */
  readonly mode?: number
  /** Which files are removed when a new one is opened. Optional. Defaults to none. */
  readonly retention?: Retention
  /** Called with the number of files that retention removed. Optional. Defaults to no callback. */
  readonly onRemoved?: (files: number) => void
  /** Optional. Defaults to this process on this host. */
  readonly writer?: Writer
  /** Called with every failure, in addition to throwing it, and when an earlier writer left a torn line. */
  readonly onError: (error: unknown) => void
}

const MAX_BYTES = 64 * 1024 * 1024
/** The number of files that an opening line can name. */
const MAX_REMOVED = 64
const MAX_AGE_MS = 24 * 3600 * 1000

export const isNoSpace = (error: unknown): boolean => hasErrorCode(error, 'ENOSPC')

const safeHost = (host: string): string => host.replaceAll(/[^A-Za-z0-9.-]/g, '_').slice(0, 63) || 'unnamed'

/** Number of files that this process has created, so that two recorders of one process never choose the same name. */
let created = 0

/** The files of one writer in sequence: opens and rotates them, and continues what an earlier writer left. */
export class RecordFiles {
  readonly #options: RecordFilesOptions
  readonly #writer: Writer
  #file: RecordFile | undefined
  /** What the next file continues, and the name that the closing line gave to the next file. */
  #last: Witness | undefined
  #next: string | undefined
  /** Files removed because the volume was full, and not yet named by an opening line. */
  #freed: readonly Witness[] = []

  constructor(options: RecordFilesOptions) {
    const { host, pid } = options.writer ?? { host: hostname(), pid: process.pid }
    this.#options = options
    this.#writer = { host: safeHost(host), pid }
  }

  /** Continues the chain that an earlier writer left. */
  async start(): Promise<RecordFile> {
    const { dir, clock, onError } = this.#options
    await mkdir(dir, { recursive: true, mode: 0o700 })
    await removeDrafts(dir, clock.nowMs())
    const folder = await readFolder(dir)
    this.#last = fileToContinue(folder.earlier, this.#writer)?.witness
    if (this.#last !== undefined && this.#last.torn > 0)
      onError(
        new Error(
          `${this.#last.file} ends in ${this.#last.torn} bytes of a line that was being written when its writer was killed; the next file states this`,
        ),
      )
    return await this.#openWithRoom(folder)
  }

  #nameNext(): string {
    const time = new Date(this.#options.clock.nowMs()).toISOString().replaceAll(/[-:.]/g, '')
    created += 1
    return `${time}-${this.#writer.host}-${this.#writer.pid}-${created}.jsonl`
  }

  async #open({ earlier, missing }: Folder): Promise<RecordFile> {
    const { dir, clock, mode = 0o600 } = this.#options
    const continues = this.#last
    const name = this.#next ?? this.#nameNext()
    // What cannot be named in this line is removed with the next one: a file that is removed and never named would look stolen.
    const outdated = (await this.#outdated()).slice(0, Math.max(0, MAX_REMOVED - this.#freed.length))
    const removed = [...this.#freed, ...outdated]
    const gone = new Set(removed.map(({ file }) => file))
    const removedUpTo = [...earlier.map((file) => file.removedUpTo), ...gone]
      .filter((each) => each !== undefined)
      .toSorted()
      .at(-1)
    const file = await createRecordFile(
      { dir, name, mode, nowMs: clock.nowMs() },
      {
        writer: `${this.#writer.host} ${this.#writer.pid}`,
        continues,
        witnessed: earlier.map(({ witness }) => witness).filter((witness) => witness.file !== continues?.file && !gone.has(witness.file)),
        missing: missing.filter((other) => other !== name),
        removed,
        removedUpTo,
      },
    )
    this.#file = file
    this.#next = undefined
    this.#freed = []
    await this.#remove(outdated)
    return file
  }

  async #outdated(): Promise<readonly Witness[]> {
    const { dir, clock, retention, maxBytes = MAX_BYTES } = this.#options
    if (retention === undefined) return []
    return await outdatedFiles(dir, { retention, writer: this.#writer, nowMs: clock.nowMs(), needBytes: maxBytes })
  }

  /** Removes files after a durable line states how far they went. A file that cannot be removed is named and removed again later. */
  async #remove(files: readonly Witness[]): Promise<void> {
    let removed = 0
    for (const { file } of files)
      await unlessMissing(unlink(join(this.#options.dir, file))).then(
        () => (removed += 1),
        (error: unknown) => this.#options.onError(error),
      )
    if (removed > 0) this.#options.onRemoved?.(removed)
  }

  /** Shows other replicas that the file has a writer, even when nothing is recorded for days. */
  async touch(): Promise<void> {
    const file = this.#file
    const now = new Date(this.#options.clock.nowMs())
    if (file !== undefined) await utimes(join(this.#options.dir, file.name), now, now)
  }

  /**
   * Frees space on a full volume, where neither an event nor an opening line can be written: removes the oldest file now, and the next opening line
   * names it. False when no file may be removed.
   */
  async makeRoom(): Promise<boolean> {
    const { dir, clock, retention } = this.#options
    if (retention === undefined || this.#freed.length >= MAX_REMOVED) return false
    const [oldest] = await outdatedFiles(dir, { retention: { maxBytes: 0 }, writer: this.#writer, nowMs: clock.nowMs(), needBytes: 0 })
    if (oldest === undefined || oldest.file === this.#file?.name) return false
    this.#freed = [...this.#freed, oldest]
    await this.#remove([oldest])
    return true
  }

  async #openWithRoom(folder: Folder): Promise<RecordFile> {
    for (;;) {
      try {
        return await this.#open(folder)
      } catch (error) {
        if (!isNoSpace(error) || !(await this.makeRoom())) throw error
      }
    }
  }

  #isFull({ lines, bytes, openedMs }: RecordFile): boolean {
    const { maxBytes = MAX_BYTES, maxAgeMs = MAX_AGE_MS, clock } = this.#options
    return this.#freed.length > 0 || (lines > 1 && (bytes >= maxBytes || clock.nowMs() - openedMs >= maxAgeMs))
  }

  /** The file, if it can be written without rotation. Undefined: use `current`. */
  get ready(): RecordFile | undefined {
    const file = this.#file
    return file !== undefined && !file.spoiled() && !this.#isFull(file) ? file : undefined
  }

  /** The file to write to. Makes the previous file durable and closes it when it is full, old or spoiled. */
  async current(): Promise<RecordFile> {
    const { ready } = this
    if (ready !== undefined) return ready
    const file = this.#file
    // Read before the closing line is written: a writer that is killed between the two files leaves a name without a file.
    const folder = await readFolder(this.#options.dir)
    if (file?.spoiled() === true) await this.#abandon(file)
    else if (file !== undefined) await this.end(this.#nameNext())
    return await this.#openWithRoom(folder)
  }

  /** Writes the closing line. */
  async end(next?: string): Promise<void> {
    const file = this.#file
    if (file === undefined) return
    const closing: FileEvent = { event: 'file.closed', lines: file.lines + 1, ...(next === undefined ? {} : { next }) }
    file.append(linesOf(file.head, [{ timeMs: this.#options.clock.nowMs(), event: jsonFields(closing) }]))
    await file.sync()
    this.#next = next
    await this.#abandon(file)
  }

  async #abandon(file: RecordFile): Promise<void> {
    this.#last = await file.witness()
    this.#file = undefined
    await file.close()
  }
}
