import type { Head, TimedEvent } from '../../domain/record/chain.ts'
import { checkEvent } from '../../domain/record/verify/check-event.ts'
import type { RecordEvent } from '../../domain/record/events.ts'
import { RecordError, type Recorder } from '../../domain/record/recorder.ts'
import type { RecordFile } from './file.ts'
import { linesOf } from './linked-lines.ts'
import { isNoSpace, RecordFiles, type RecordFilesOptions } from './record-files.ts'

export type RecorderOptions = RecordFilesOptions

export type FileRecorder = Recorder & {
  /** The last durable line. Kept elsewhere, its hash later proves that nothing up to it was cut off. */
  head(): Head & { readonly file: string }
  /** Makes pending events durable, closes the file and refuses further events. @throws RecordError when the closing line cannot be written */
  close(): Promise<void>
}

type Settle = (error?: RecordError) => void
type PendingEvent = TimedEvent & { readonly durable: boolean; readonly settle: Settle }

/** Maximum size of one write, in events and in characters: about as much as a disk writes during a sync. */
const MAX_EVENTS_AT_ONCE = 256
const MAX_CHARACTERS_AT_ONCE = 1024 * 1024
/** A note is durable this long after it was written, plus the time of a sync. */
const NOTES_WAIT_MS = 5
/** How often the open file is touched, so that no other writer removes it as abandoned. */
const TOUCH_MS = 3600_000

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Number of pending events that one write takes; at least one. */
function countAtOnce(pending: readonly PendingEvent[]): number {
  let [count, characters] = [0, 0]
  for (const { event } of pending) {
    if (count > 0 && (count === MAX_EVENTS_AT_ONCE || characters + event.length > MAX_CHARACTERS_AT_ONCE)) break
    count += 1
    characters += event.length
  }
  return count
}

const notDurable = (cause: unknown): RecordError => new RecordError('NOT_DURABLE', 'the record could not be written', { cause })

/** Records the events of a server in a folder: JSON Lines, linked by hashes across files, restarts and killed writers. */
export async function openRecorder(options: RecorderOptions): Promise<FileRecorder> {
  const files = new RecordFiles(options)
  const recorder = new BatchWriter(files, await files.start(), options)
  const touching = setInterval(() => void files.touch().catch(options.onError), TOUCH_MS).unref()
  return {
    record: (event) => recorder.take(event, true),
    note: (event) => recorder.take(event, false),
    head: () => recorder.head(),
    close: () => {
      clearInterval(touching)
      return recorder.close()
    },
  }
}

/**
 * Writes pending events once per turn of the event loop, and runs one sync after the other, so that many events share each. An event that cannot be
 * made durable is refused. After a failed sync the file is abandoned, and events are refused until a new file could be made durable.
 */
class BatchWriter {
  readonly #files: RecordFiles
  readonly #options: RecorderOptions
  #file: RecordFile
  #pending: PendingEvent[] = []
  #writing: Promise<void> | undefined
  /** Callbacks for the end of the next sync. */
  #unsynced: Settle[] = []
  #syncing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(files: RecordFiles, file: RecordFile, options: RecorderOptions) {
    this.#files = files
    this.#file = file
    this.#options = options
  }

  async take(event: RecordEvent, durable: boolean): Promise<void> {
    if (this.#closed) throw new RecordError('CLOSED', 'the records are closed')
    const checked = checkEvent(event)
    await new Promise<void>((resolve, reject) => {
      const settle: Settle = (error) => (error === undefined ? resolve() : reject(error))
      this.#pending.push({ timeMs: this.#options.clock.nowMs(), event: checked, durable, settle })
      this.#writing ??= this.#write()
    })
  }

  head(): Head & { readonly file: string } {
    return { ...this.#file.durable, file: this.#file.name }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#writing
    await this.#synced()
    await this.#files.end().catch((error: unknown) => {
      throw new RecordError('NOT_DURABLE', 'the closing line could not be written', { cause: error })
    })
  }

  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      await nextTurn() // collects the events of this turn, and lets other work run between two writes
      const batch = this.#pending.splice(0, countAtOnce(this.#pending))
      try {
        const file = this.#files.ready ?? (await this.#rotate())
        file.append(linesOf(file.head, batch))
        this.#settle(batch)
      } catch (error) {
        this.#options.onError(error)
        for (const { settle } of batch) settle(notDurable(error))
        if (isNoSpace(error)) await this.#files.makeRoom().catch(this.#options.onError)
      }
    }
    this.#writing = undefined
  }

  /** Events in the previous file belong to the syncs of that file. */
  async #rotate(): Promise<RecordFile> {
    await this.#synced()
    return (this.#file = await this.#files.current())
  }

  #settle(batch: readonly PendingEvent[]): void {
    for (const { durable, settle } of batch) {
      if (durable) this.#unsynced.push(settle)
      else settle()
    }
    if (this.#unsynced.length > 0) this.#syncing ??= this.#sync()
    else this.#timer ??= setTimeout(() => this.#syncNotes(), NOTES_WAIT_MS)
  }

  #syncNotes(): void {
    this.#timer = undefined
    this.#unsynced.push(() => {}) // a running sync may have begun before they were written, so another one follows
    this.#syncing ??= this.#sync()
  }

  async #synced(): Promise<void> {
    while (this.#file.durable !== this.#file.head && !this.#file.spoiled()) await (this.#syncing ??= this.#sync())
    await this.#syncing
  }

  /** Syncs until every waiting event has had a sync that began after the event was written. */
  async #sync(): Promise<void> {
    do {
      clearTimeout(this.#timer)
      this.#timer = undefined
      const callbacks = this.#unsynced
      this.#unsynced = []
      let failure: RecordError | undefined
      try {
        await this.#file.sync()
      } catch (error) {
        failure = notDurable(error)
        this.#options.onError(error)
      }
      for (const settle of callbacks) settle(failure)
    } while (this.#unsynced.length > 0)
    this.#syncing = undefined
  }
}
