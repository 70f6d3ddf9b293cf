import type { RecordEvent } from './events.ts'

/**
 * Where events go. A caller that is told that one could not be taken does not go on with what it wanted to record (503). Events of
 * one caller that awaits them keep their order, whichever way they go.
 *
 * It checks the shape of events and their bounds. It does NOT mask: who writes text into an event has masked it.
 */
export type Recorder = {
  /**
   * Resolves when the event is durable: for what must not have been done without a trace. docs/decisions/0011
   * @throws RecordError when the event is not one of the closed list, or cannot be made durable
   */
  record(event: RecordEvent): Promise<void>
  /**
   * Resolves when the event is written and outlives this process; a power cut within some milliseconds may still take it. Once it
   * turns out that it could not be made durable, nothing is taken any more until something can.
   * @throws RecordError when the event is not one of the closed list, or cannot be written
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
