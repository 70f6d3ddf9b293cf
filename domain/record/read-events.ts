import { readLine } from './chain.ts'
import { createLineSplitter } from './line-splitter.ts'
import { auditIDOf, eventOf, sessionOf, type RecordedEvent } from './replay.ts'
import { unpacked, type Unpack } from './unpacked.ts'
import type { ReadableFolder } from './verify/verify.ts'

export type EventSelection = {
  /** Prefix of the session name. Optional. Defaults to every session. */
  readonly session?: string | undefined
  readonly auditID?: string | undefined
  readonly sinceMs?: number | undefined
}

const isWanted = (event: RecordedEvent, { session, auditID, sinceMs }: EventSelection): boolean =>
  (session === undefined || sessionOf(event)?.startsWith(session) === true) &&
  (auditID === undefined || auditIDOf(event) === auditID) &&
  (sinceMs === undefined || Date.parse(event.time) >= sinceMs)

/** Undefined: the line does not match the selection. */
function wantedIn(bytes: Uint8Array, selection: EventSelection, unpack: Unpack): RecordedEvent | 'unreadable' | undefined {
  const line = readLine(bytes)
  if (line === undefined) return 'unreadable'
  const event = eventOf(line)
  return event === undefined || !isWanted(event, selection) ? undefined : (unpacked(event, unpack) ?? 'unreadable')
}

/** The selected events, with stream data decompressed, and the number of unreadable lines. Keeps only the selected events in memory. */
export async function readEvents(
  folder: ReadableFolder,
  selection: EventSelection,
  unpack: Unpack,
): Promise<{ readonly events: readonly RecordedEvent[]; readonly unreadable: number }> {
  const events: RecordedEvent[] = []
  let unreadable = 0
  for (const file of folder.files) {
    const splitter = createLineSplitter()
    for await (const chunk of folder.read(file)) {
      for (const { bytes } of splitter.feed(chunk)) {
        const event = wantedIn(bytes, selection, unpack)
        if (event === 'unreadable') unreadable += 1
        else if (event !== undefined) events.push(event)
      }
    }
  }
  return { events, unreadable }
}
