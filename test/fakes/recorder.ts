import type { RecordEvent } from '../../domain/record/events.ts'
import type { Recorder } from '../../domain/record/recorder.ts'

/** Takes every event, whichever way it comes. */
export function recorderTo(take: (event: RecordEvent) => void | Promise<void>): Recorder {
  const record = async (event: RecordEvent): Promise<void> => await take(event)
  return { record, note: record }
}
