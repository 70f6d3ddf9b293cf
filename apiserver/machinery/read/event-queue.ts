import type { StoreEvent } from '../../storage/port.ts'

/** Events and their bytes that may wait, for a client that still reads the state that they change or for an answer about what it may see. */
const MAX_EVENTS = 10_000
const MAX_BYTES = 8 * 1024 * 1024

/** Delivers events one after the other, however long each takes. */
export type EventQueue = {
  /** Never waits. What waits too long or too large makes the queue fail. */
  push(event: StoreEvent): void
  /** From now on events are delivered; until then they wait. */
  begin(): void
  /** Whether everything that was pushed has been delivered. */
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
      failed() // the client comes back to where it was
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
