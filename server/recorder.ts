import { link, type Head } from '../domain/record/chain.ts'
import { checkEvent } from '../domain/record/check-event.ts'
import { RecordError, type Recorder } from '../domain/record/recorder.ts'
import { RecordFiles, type RecordFilesOptions } from './record-files.ts'

export type RecorderOptions = RecordFilesOptions

export type FileRecorder = Recorder & {
  /** The last durable line: kept elsewhere, its hash shows later that nothing up to it was cut off. */
  head(): Head & { readonly file: string }
  /** Records what waits, closes the file, and takes nothing more. @throws RecordError when the closing line cannot be written */
  close(): Promise<void>
}

type Waiting = { readonly timeMs: number; readonly event: { readonly event: string }; readonly settle: (error?: RecordError) => void }

/** Most of what one sync makes durable: about as much as a disk takes in the time of a sync. */
const MOST_AT_ONCE = 256

/**
 * Keeps the records of a server in a folder: JSON Lines, linked by hashes over files, restarts and writers that were killed.
 * Many that wait share one sync. A record that cannot be made durable is refused and leaves no trace.
 */
export async function openRecorder(options: RecorderOptions): Promise<FileRecorder> {
  const files = new RecordFiles(options)
  let file = await files.start()
  let waiting: Waiting[] = []
  let draining: Promise<void> | undefined
  let closed = false

  const commit = async (batch: readonly Waiting[]): Promise<void> => {
    file = await files.current()
    let head = file.head
    const lines = batch.map(({ event, timeMs }) => {
      const linked = link(head, timeMs, event)
      head = linked.head
      return linked.line
    })
    await file.append(lines, head)
  }

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST_AT_ONCE)
      waiting = waiting.slice(batch.length)
      let failure: RecordError | undefined
      try {
        await commit(batch)
      } catch (error) {
        failure = new RecordError('NOT_DURABLE', 'the record could not be written', { cause: error })
        options.onTrouble(error)
      }
      for (const { settle } of batch) settle(failure)
    }
    draining = undefined
  }

  return {
    record: async (event) => {
      if (closed) throw new RecordError('CLOSED', 'the records are closed')
      const checked = checkEvent(event)
      await new Promise<void>((resolve, reject) => {
        const settle = (error?: RecordError): void => (error === undefined ? resolve() : reject(error))
        waiting.push({ timeMs: options.clock.nowMs(), event: checked, settle })
        draining ??= drain()
      })
    },
    head: () => ({ ...file.head, file: file.name }),
    close: async () => {
      if (closed) return
      closed = true
      await draining
      await files.end().catch((error: unknown) => {
        throw new RecordError('NOT_DURABLE', 'the closing line could not be written', { cause: error })
      })
    },
  }
}
