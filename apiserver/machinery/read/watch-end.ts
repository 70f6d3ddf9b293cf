import type { ServerResponse } from 'node:http'
import { MOVED } from '../../storage/movable-store.ts'
import type { Visibility } from '../kind.ts'

/** On shutdown, watches end spread over this time, so that clients do not reconnect all at once. */
const SPREAD_MS = 2_000
/** Interval of the checks of what the caller may see. */
const RECHECK_MS = 5_000
/** After this many consecutive failed checks the permission counts as lost. */
const MAX_FAILED_CHECKS = 6

export type End = 'gone' | 'timeout' | 'stopping' | 'lost'

/** Resolves when the client disconnects, the watch times out, the caller's visibility changes, or the server stops. */
export function waitForEnd(
  response: ServerResponse,
  seconds: number,
  signals: { readonly stopping: AbortSignal; readonly lost: AbortSignal },
): Promise<End> {
  const { stopping, lost } = signals
  return new Promise((resolve) => {
    const end = (why: End): void => {
      clearTimeout(timer)
      stopping.removeEventListener('abort', stop)
      resolve(why)
    }
    const timer = setTimeout(() => end('timeout'), seconds * 1000)
    // After the store moved, a watch receives no more events here and should resume in the other process at once.
    const spreadMs = (): number => (stopping.reason === MOVED ? 0 : SPREAD_MS)
    const stop = (): void => void setTimeout(() => end('stopping'), Math.random() * spreadMs())
    if (response.destroyed) return end('gone')
    response.once('close', () => end('gone'))
    lost.addEventListener('abort', () => end('lost'), { once: true })
    if (stopping.aborted) return stop()
    stopping.addEventListener('abort', stop, { once: true })
  })
}

/** Checks regularly whether the caller still sees the same as at the start of the watch, and calls `lost` if not. */
export function recheck(visibility: Visibility, currentVisibility: () => Promise<Visibility>, lost: () => void): { stop(): void } {
  let failed = 0
  const check = async (): Promise<void> => {
    try {
      if ((await currentVisibility()).extent !== visibility.extent) lost()
      failed = 0
    } catch {
      if (++failed >= MAX_FAILED_CHECKS) lost()
    }
  }
  const timer = setInterval(() => void check(), RECHECK_MS)
  return { stop: () => clearInterval(timer) }
}
