import type { RecordedEvent } from '../../../domain/record/replay.ts'
import { IDLE_MS } from '../../../domain/record/sessions/run.ts'
import { eventsInOrder, type IndexedFile } from './folder-events.ts'
import { folderName } from './folder-name.ts'
import { folderRuns } from './folder-runs.ts'
import { Indexes, type IndexesOptions } from './indexes.ts'
import type { EventPage, EventQuery, KeyedEvent, SessionSource, StreamQuery } from './source.ts'
import { storedFiles } from './stored-files.ts'

/** Size of a page of events as JSON, in bytes. One event may exceed it. */
const MAX_PAGE_BYTES = 2 * 1024 * 1024

export type FolderSource = SessionSource & {
  /**
   * Makes the indexes of all files, the newest first. `rest` is called after each with the time that it took, in milliseconds.
   * @throws the reason of an aborted signal
   */
  warm(signal: AbortSignal, rest: (workedMs: number) => Promise<unknown>): Promise<void>
}

const isShown = ({ event }: RecordedEvent): boolean => event !== 'stream.data'

/** Sessions of a folder of records. */
export function createFolderSource(options: IndexesOptions): FolderSource {
  const { dir } = options
  const indexes = new Indexes(options)
  let named: Promise<string> | undefined
  const name = (): Promise<string> => {
    named ??= folderName(dir).catch((error: unknown) => {
      named = undefined
      throw error
    })
    return named
  }

  const filesWith = async (query: { readonly session: string; readonly fromMs: number; readonly toMs: number }, signal: AbortSignal) => {
    const files: IndexedFile[] = []
    for (const file of await storedFiles(dir)) {
      if (file.startMs > query.toMs || file.endMs < query.fromMs) continue
      const index = await indexes.of(file, signal)
      if (index !== undefined) files.push({ name: file.name, index })
    }
    return files
  }

  const events = async (query: EventQuery, signal: AbortSignal): Promise<EventPage> => {
    const found: KeyedEvent[] = []
    let [unreadable, bytes] = [0, 0]
    const files = await filesWith(query, signal)
    for await (const event of eventsInOrder(dir, files, { ...query, data: false, wants: isShown, unreadable: () => (unreadable += 1) })) {
      signal.throwIfAborted()
      bytes += JSON.stringify(event).length
      if (found.length === query.limit || (found.length > 0 && bytes > MAX_PAGE_BYTES))
        return { folder: await name(), events: found, more: true, unreadable }
      found.push(event)
    }
    return { folder: await name(), events: found, more: false, unreadable }
  }

  async function* stream({ session, auditID, fromMs, toMs }: StreamQuery, signal: AbortSignal): AsyncGenerator<RecordedEvent> {
    const wants = (event: RecordedEvent): boolean => event.event.startsWith('stream.') && 'auditID' in event && event.auditID === auditID
    // A stream can go on after the last event that is known now.
    const query = { session, fromMs, toMs: toMs + IDLE_MS }
    for await (const { event } of eventsInOrder(dir, await filesWith(query, signal), { ...query, data: true, wants, unreadable: () => undefined })) {
      signal.throwIfAborted()
      yield event
      if (event.event === 'stream.closed') return
    }
  }

  return {
    runs: async (query, signal) => await folderRuns({ name: await name(), files: await storedFiles(dir), indexes }, query, signal),
    events,
    stream,
    warm: async (signal, rest) => {
      for (const file of (await storedFiles(dir)).toReversed()) {
        const started = performance.now()
        await indexes.of(file, signal)
        await rest(performance.now() - started)
      }
    },
  }
}
