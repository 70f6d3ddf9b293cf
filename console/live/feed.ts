import { setTimeout as wait } from 'node:timers/promises'

/** What an inbox shows at one time. `id` is the same for the same content. */
export type Snapshot = { readonly id: string; readonly data: string }

export type FeedTiming = {
  /** The inbox is read again after this time, also without a change: requests expire, and ages grow. */
  readonly refreshMs: number
  /** The least time between two reads. */
  readonly leastMs: number
  /** First wait after a failure. It doubles with each further one. */
  readonly retryMs: number
}
export const TIMING: FeedTiming = { refreshMs: 60_000, leastMs: 1_000, retryMs: 2_000 }

/** Under many changes, a feed reads for one part of the time and waits for this many. */
const WAITS_FOR = 10
const MAX_RETRY_MS = 60_000

export type FeedSource = {
  /** Calls `changed` with each change. Resolves at the end of the watch. */
  readonly watch: (changed: () => void, signal: AbortSignal) => Promise<void>
  readonly read: (signal: AbortSignal) => Promise<Snapshot>
  /** A watch or a read failed. The feed tries again. */
  readonly failed: (error: unknown) => void
}

export type Feed = {
  /** The last snapshot at once, and each later one. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void
  subscribers(): number
  stop(): void
}

/** Remembers that something changed, for who waits for it. */
function createChanges(): { changed(): void; next(afterMs: number, signal: AbortSignal): Promise<void> } {
  let isChanged = true
  let wake: (() => void) | undefined
  return {
    changed: () => {
      isChanged = true
      wake?.()
    },
    next: async (afterMs, signal) => {
      if (!isChanged) {
        const woken = new AbortController()
        wake = () => woken.abort()
        await wait(afterMs, undefined, { signal: AbortSignal.any([woken.signal, signal]) }).catch(() => undefined)
        wake = undefined
      }
      isChanged = false
    },
  }
}

/**
 * Reads an inbox again when a watch reports a change, and hands the result to every subscriber. It keeps no objects, only what the last read showed.
 * Without a watch it reads from time to time.
 */
export function createFeed({ watch, read, failed }: FeedSource, { refreshMs, leastMs, retryMs }: FeedTiming): Feed {
  const stopping = new AbortController()
  const { signal } = stopping
  const changes = createChanges()
  const listeners = new Set<(snapshot: Snapshot) => void>()
  let last: Snapshot | undefined
  const pause = (ms: number): Promise<void> => wait(ms, undefined, { signal }).catch(() => undefined)

  /** Repeats a step until the feed stops. Waits longer after each failure. */
  const repeat = async (step: () => Promise<number>): Promise<void> => {
    let failures = 0
    while (!signal.aborted) {
      try {
        const pauseMs = await step()
        failures = 0
        await pause(pauseMs)
      } catch (error) {
        if (signal.aborted) return
        failed(error)
        await pause(Math.min(retryMs * 2 ** failures, MAX_RETRY_MS))
        failures += 1
        changes.changed()
      }
    }
  }
  const watchOnce = async (): Promise<number> => {
    await watch(changes.changed, signal)
    return leastMs
  }
  const readOnce = async (): Promise<number> => {
    await changes.next(refreshMs, signal)
    if (signal.aborted) return 0
    const startedMs = performance.now()
    const snapshot = await read(signal)
    if (snapshot.id !== last?.id) for (const listener of listeners) listener(snapshot)
    last = snapshot
    return Math.max(leastMs, (performance.now() - startedMs) * WAITS_FOR)
  }
  void repeat(watchOnce)
  void repeat(readOnce)
  return {
    subscribe: (listener) => {
      listeners.add(listener)
      if (last !== undefined) listener(last)
      return () => void listeners.delete(listener)
    },
    subscribers: () => listeners.size,
    stop: () => stopping.abort(),
  }
}
