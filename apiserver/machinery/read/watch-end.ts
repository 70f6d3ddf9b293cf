import type { ServerResponse } from 'node:http'
import { MOVED } from '../../storage/movable-store.ts'
import type { Visibility } from '../kind.ts'

/** On a stop watches end over this time, so that their clients do not come back all at once. */
const SPREAD_MS = 2_000
/** How often it is asked again what the caller may see. */
const RECHECK_MS = 5_000
/** A right that cannot be asked about for so many times is taken for lost. */
const MAX_FAILED_CHECKS = 6

export type End = 'gone' | 'timeout' | 'stopping' | 'lost'

/** Resolves when the client has left, the time is up, what it may see has changed, or the server stops. */
export function untilEnd(
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
    // Where the store has moved a watch hears nothing more, and may go on elsewhere.
    const spreadMs = (): number => (stopping.reason === MOVED ? 0 : SPREAD_MS)
    const stop = (): void => void setTimeout(() => end('stopping'), Math.random() * spreadMs())
    if (response.destroyed) return end('gone')
    response.once('close', () => end('gone'))
    lost.addEventListener('abort', () => end('lost'), { once: true })
    if (stopping.aborted) return stop()
    stopping.addEventListener('abort', stop, { once: true })
  })
}

/** Asks now and then whether the caller still sees what it saw at the beginning, and calls `lost` when not. */
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
