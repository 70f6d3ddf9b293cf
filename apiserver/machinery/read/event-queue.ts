import type { StoreEvent } from '../../storage/port.ts'

/** Maximum events and bytes that wait while the client reads the initial state, or while a visibility check is pending. */
const MAX_EVENTS = 10_000
const MAX_BYTES = 8 * 1024 * 1024

/** Delivers events in order, one at a time. */
export type EventQueue = {
  /** Adds an event without waiting. The queue fails when it exceeds its limits. */
  push(event: StoreEvent): void
  /** Starts delivery; until then events wait. */
  begin(): void
  /** Whether all events have been delivered. */
  idle(): boolean
}

export function createEventQueue(deliver: (event: StoreEvent) => Promise<void>, failed: () => void): EventQueue {
  const waiting: StoreEvent[] = []
  let bytes = 0
  let begun = false
  let running = false

  const run = async (): Promise<void> => {
    if (!begun || running) return
    running = true
    try {
      for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
        bytes -= event.size
        await deliver(event)
      }
    } catch {
      failed() // the client resumes at its last event
    } finally {
      running = false
    }
  }

  return {
    push: (event) => {
      waiting.push(event)
      bytes += event.size
      if (waiting.length > MAX_EVENTS || bytes > MAX_BYTES) return failed()
      void run()
    },
    begin: () => {
      begun = true
      void run()
    },
    idle: () => waiting.length === 0 && !running,
  }
}
