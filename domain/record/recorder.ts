import type { RecordEvent } from './events.ts'

/**
 * Sink for events. When an event cannot be recorded, the caller must not do what the event describes (503). Events of a caller that awaits each call
 * keep their order across both methods.
 *
 * Checks the shape and the bounds of events. Does NOT mask: the caller masks text before it puts the text into an event.
 */
export type Recorder = {
  /**
   * Resolves when the event is durable. For actions that must not happen without a record. See docs/decisions/0011.
   * @throws RecordError when the event is not in the closed list, or cannot be made durable
   */
  record(event: RecordEvent): Promise<void>
  /**
   * Resolves when the event is written and survives the end of this process; a power failure within the next milliseconds may still lose it. Once an
   * event could not be made durable, all events are refused until one can.
   * @throws RecordError when the event is not in the closed list, or cannot be written
   */
  note(event: RecordEvent): Promise<void>
}

export class RecordError extends Error {
  readonly code: 'EVENT_INVALID' | 'NOT_DURABLE' | 'CLOSED'
  constructor(code: RecordError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RecordError'
    this.code = code
  }
}
