import type { RecordEvent } from './events.ts'

/**
 * Where events go. Resolves only when the event is durable; a caller that is told otherwise does not go on with what it
 * wanted to record (503). Events of one caller that awaits them keep their order.
 *
 * It checks the shape of events and their bounds. It does NOT mask: who writes text into an event has masked it.
 */
export type Recorder = {
  /** @throws RecordError when the event is not one of the closed list, or cannot be made durable */
  record(event: RecordEvent): Promise<void>
}

export class RecordError extends Error {
  readonly code: 'EVENT_INVALID' | 'NOT_DURABLE' | 'CLOSED'
  constructor(code: RecordError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RecordError'
    this.code = code
  }
}
