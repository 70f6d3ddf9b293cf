import type { RecordEvent } from '../../domain/record/events.ts'
import type { Recorder } from '../../domain/record/recorder.ts'
import { checkEvent } from '../../domain/record/verify/check-event.ts'

/** Passes every event to `take`, whichever method records it. Refuses what no record can hold, as the real one does. */
export function recorderTo(take: (event: RecordEvent) => void | Promise<void>): Recorder {
  const record = async (event: RecordEvent): Promise<void> => {
    checkEvent(event)
    await take(event)
  }
  return { record, note: record }
}
