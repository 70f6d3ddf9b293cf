import type { RecordEvent } from '../../domain/record/events.ts'
import type { Recorder } from '../../domain/record/recorder.ts'

/** Passes every event to `take`, whichever method records it. */
export function recorderTo(take: (event: RecordEvent) => void | Promise<void>): Recorder {
  const record = async (event: RecordEvent): Promise<void> => await take(event)
  return { record, note: record }
}
