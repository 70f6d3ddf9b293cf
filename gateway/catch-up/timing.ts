import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'

/** Time as it passes; a test has one of its own. */
export type Timing = {
  /** Never set back. */
  nowMs(): number
  /** Resolves after the time, or when the signal aborts; and not before what had arrived on sockets by then was read. */
  pause(ms: number, signal?: AbortSignal): Promise<void>
}

export const TIMING: Timing = {
  nowMs: () => performance.now(),
  pause: async (ms, signal) => {
    await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {})
    // Timers come before sockets in a turn of the event loop: after a long turn this one may be due before what came in time was read.
    await nextTurn()
    await nextTurn()
  },
}
