import { RecordError, type Recorder } from '../domain/record/recorder.ts'
import type { RecordEvent } from '../domain/record/events.ts'
import { UNRECORDED } from './resources/decisions/decided.ts'
import { WriteConflict, type StoredEntry, type Store } from './storage/port.ts'

const PAGE = 100
/** Delay before a retry after a failure. */
const RETRY_MS = 5_000

export type RecordingOptions = {
  readonly store: Store
  readonly recorder: Recorder
  /** Called when a decision cannot be recorded now. It stays in the store and is retried. */
  readonly onError: (error: unknown) => void
}

async function forget(store: Store, { name, version }: StoredEntry): Promise<void> {
  try {
    await store.commit([{ resource: UNRECORDED, name, expected: version, value: null }])
  } catch (error) {
    if (!(error instanceof WriteConflict)) throw error
  }
}

/**
 * Records pending decisions, oldest first, and removes each from the store once it is durable in the records. If the process is killed
 * in between, the decision is recorded twice, with the same audit ID.
 */
export async function recordDecisions({ store, recorder, onError }: RecordingOptions): Promise<void> {
  for (;;) {
    const { entries, after } = await store.list(UNRECORDED, { limit: PAGE })
    for (const entry of entries) {
      try {
        await recorder.record(entry.value as unknown as RecordEvent)
      } catch (error) {
        if (!(error instanceof RecordError) || error.code !== 'EVENT_INVALID') throw error
        // An invalid event would never be accepted and would block the later ones. The object itself still shows who decided.
        onError(error)
      }
      await forget(store, entry)
    }
    if (after === undefined) return
  }
}

/** Records each decision soon after it was made. At the start it also records those that an earlier process left. */
export async function recordContinually(options: RecordingOptions): Promise<{ stop(): Promise<void> }> {
  let isStopped = false
  let again = true
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  const run = async (): Promise<void> => {
    while (again) {
      again = false
      await recordDecisions(options)
    }
  }
  const start = (): void => {
    running ??= run()
      .catch((error: unknown) => {
        options.onError(error)
        if (isStopped) return
        again = true
        timer = setTimeout(start, RETRY_MS).unref()
      })
      .finally(() => (running = undefined))
  }
  const { store } = options
  const watching = await store.watch(UNRECORDED, await store.current(), ({ type }) => {
    if (type === 'DELETED') return
    again = true
    start()
  })
  start()
  return {
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      watching.stop()
      await running
    },
  }
}

/** Records while this process holds the store: started when it takes the store and stopped before it hands the store over. */
export function createDecisionRecording(options: RecordingOptions): { start(): void; stop(): Promise<void> } {
  type Running = Awaited<ReturnType<typeof recordContinually>> | undefined
  let current: Promise<Running> = Promise.resolve(undefined)
  return {
    start: () => {
      current = current
        .then(() => recordContinually(options))
        .catch((error: unknown) => {
          options.onError(error)
          return undefined
        })
    },
    stop: async () => {
      const running = await current
      current = Promise.resolve(undefined)
      await running?.stop()
    },
  }
}
