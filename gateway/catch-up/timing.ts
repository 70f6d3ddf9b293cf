import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'

/** Clock and timers, replaced in tests. */
export type CatchUpTiming = {
  /** Monotonic time in milliseconds. */
  nowMs(): number
  /** Resolves after the time, or when the signal aborts, but only after data that had arrived on sockets by then was read. */
  pause(ms: number, signal?: AbortSignal): Promise<void>
}

export const TIMING: CatchUpTiming = {
  nowMs: () => performance.now(),
  pause: async (ms, signal) => {
    await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {})
    // The event loop runs timers before sockets: after a long turn, this timer may be due before data that arrived in time was read.
    await nextTurn()
    await nextTurn()
  },
}
