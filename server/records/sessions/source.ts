import type { RecordedEvent } from '../../../domain/record/replay.ts'
import type { Run } from '../../../domain/record/sessions/run.ts'

/** Time for which jit-apiserver waits for an answer of a gateway. */
export const WAIT_MS = 8_000

/** The place of an event: in the order of time, file and offset, each event has exactly one. */
export type Key = { readonly time: string; readonly file: string; readonly offset: number }

export type RunQuery = {
  /** Only runs that overlap this time. */
  readonly sinceMs: number
  readonly untilMs: number
  readonly session?: string
  /** Only runs of these users, and runs whose user is not known. Optional. Defaults to every user. */
  readonly users?: readonly string[]
  /** Only sessions after this one. Optional. Defaults to the beginning. */
  readonly after?: string
  /** Runs to return; the runs of one session are never divided. */
  readonly limit: number
}

export type RunPage = {
  /** Identifies the folder. Two gateways that share a folder name the same. */
  readonly folder: string
  /** Sorted by session. */
  readonly runs: readonly Run[]
  /** The last session of the page, when more follow. */
  readonly more?: string
  /** Whether files were left out, because there was no time to read them. */
  readonly incomplete: boolean
}

export type EventQuery = {
  readonly session: string
  readonly fromMs: number
  readonly toMs: number
  /** Only events after this one. Optional. Defaults to the first. */
  readonly after?: Key
  readonly limit: number
}

export type KeyedEvent = { readonly key: Key; readonly event: RecordedEvent }
export type EventPage = {
  readonly folder: string
  readonly events: readonly KeyedEvent[]
  readonly more: boolean
  /** Lines that were changed or damaged. `kubectl certify verify` says where. */
  readonly unreadable: number
}

export type StreamQuery = { readonly session: string; readonly auditID: string; readonly fromMs: number; readonly toMs: number }

/** Records that sessions are read from: a folder, or a gateway that serves its folder. */
export type SessionSource = {
  runs(query: RunQuery, signal: AbortSignal): Promise<RunPage>
  /** Events without the data of streams. */
  events(query: EventQuery, signal: AbortSignal): Promise<EventPage>
  /** The events of one stream, from its opening to its end or, for a stream that is open, to the last event. Data can be compressed. */
  stream(query: StreamQuery, signal: AbortSignal): AsyncIterable<RecordedEvent>
}

export function compareKeys(one: Key, other: Key): number {
  if (one.time !== other.time) return one.time < other.time ? -1 : 1
  if (one.file !== other.file) return one.file < other.file ? -1 : 1
  return one.offset - other.offset
}
