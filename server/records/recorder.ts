import { link, type Head } from '../../domain/record/chain.ts'
import { checkEvent } from '../../domain/record/verify/check-event.ts'
import type { RecordEvent } from '../../domain/record/events.ts'
import { RecordError, type Recorder } from '../../domain/record/recorder.ts'
import type { RecordFile } from './file.ts'
import { isNoSpace, RecordFiles, type RecordFilesOptions } from './files.ts'

export type RecorderOptions = RecordFilesOptions

export type FileRecorder = Recorder & {
  /** The last durable line: kept elsewhere, its hash shows later that nothing up to it was cut off. */
  head(): Head & { readonly file: string }
  /** Makes durable what waits, closes the file, and takes nothing more. @throws RecordError when the closing line cannot be written */
  close(): Promise<void>
}

type Settle = (error?: RecordError) => void
type Waiting = { readonly timeMs: number; readonly event: string; readonly durable: boolean; readonly settle: Settle }

/** Most of what one write holds, in events and in characters of them: about as much as a disk takes in the time of a sync. */
const MAX_EVENTS_AT_ONCE = 256
const MAX_CHARACTERS_AT_ONCE = 1024 * 1024
/** A note is durable so long after it was written, and a sync. */
const NOTES_WAIT_MS = 5
/** How often the open file says that it is still written to, so that no other writer removes it as old. */
const TOUCH_MS = 3600_000

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** How many of what waits one write takes: at least one. */
function countAtOnce(waiting: readonly Waiting[]): number {
  let [count, characters] = [0, 0]
  for (const { event } of waiting) {
    if (count > 0 && (count === MAX_EVENTS_AT_ONCE || characters + event.length > MAX_CHARACTERS_AT_ONCE)) break
    count += 1
    characters += event.length
  }
  return count
}

const notDurable = (cause: unknown): RecordError => new RecordError('NOT_DURABLE', 'the record could not be written', { cause })

/** Keeps the records of a server in a folder: JSON Lines, linked by hashes over files, restarts and writers that were killed. */
export async function openRecorder(options: RecorderOptions): Promise<FileRecorder> {
  const files = new RecordFiles(options)
  const recorder = new Writing(files, await files.start(), options)
  const touching = setInterval(() => void files.touch().catch(options.onTrouble), TOUCH_MS).unref()
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
 * Writes what waits in one go a turn, and syncs one go after the other, so that many share each. A record that cannot be made
 * durable is refused; after a failed sync the file is left, and only one that could be made durable anew takes more.
 */
class Writing {
  readonly #files: RecordFiles
  readonly #options: RecorderOptions
  #file: RecordFile
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  /** Who is told when the next sync is done. */
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
      this.#waiting.push({ timeMs: this.#options.clock.nowMs(), event: checked, durable, settle })
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
    while (this.#waiting.length > 0) {
      await nextTurn() // whatever else this turn brings goes along, and who does not record gets a turn between two writes
      const batch = this.#waiting.splice(0, countAtOnce(this.#waiting))
      try {
        this.#append(this.#files.ready ?? (await this.#next()), batch)
        this.#tell(batch)
      } catch (error) {
        this.#options.onTrouble(error)
        for (const { settle } of batch) settle(notDurable(error))
        if (isNoSpace(error)) await this.#files.makeRoom().catch(this.#options.onTrouble)
      }
    }
    this.#writing = undefined
  }

  /** What was written to the file before it belongs to that file's syncs. */
  async #next(): Promise<RecordFile> {
    await this.#synced()
    return (this.#file = await this.#files.current())
  }

  #append(file: RecordFile, batch: readonly Waiting[]): void {
    let { head } = file
    const lines = batch.map(({ event, timeMs }) => {
      const linked = link(head, timeMs, event)
      head = linked.head
      return linked.line
    })
    file.append(lines, head)
  }

  #tell(batch: readonly Waiting[]): void {
    for (const { durable, settle } of batch) {
      if (durable) this.#unsynced.push(settle)
      else settle()
    }
    if (this.#unsynced.length > 0) this.#syncing ??= this.#sync()
    else this.#timer ??= setTimeout(() => this.#syncNotes(), NOTES_WAIT_MS)
  }

  #syncNotes(): void {
    this.#timer = undefined
    this.#unsynced.push(() => {}) // a sync that runs may have begun before they were written: one more
    this.#syncing ??= this.#sync()
  }

  async #synced(): Promise<void> {
    while (this.#file.durable !== this.#file.head && !this.#file.spoiled()) await (this.#syncing ??= this.#sync())
    await this.#syncing
  }

  /** Until all that wait for one have had a sync that began after they were written. */
  async #sync(): Promise<void> {
    do {
      clearTimeout(this.#timer)
      this.#timer = undefined
      const told = this.#unsynced
      this.#unsynced = []
      let failure: RecordError | undefined
      try {
        await this.#file.sync()
      } catch (error) {
        failure = notDurable(error)
        this.#options.onTrouble(error)
      }
      for (const settle of told) settle(failure)
    } while (this.#unsynced.length > 0)
    this.#syncing = undefined
  }
}
