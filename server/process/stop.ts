import type { Server } from 'node:http'
import { reasonOf, type Log } from '../log.ts'

/**
 * Stops a server on SIGTERM or SIGINT. Runs `steps` in order, for at most `limitMs` in total. A second signal exits immediately. Calls `exit` with
 * the exit code.
 */
export function stopOnSignal(options: {
  readonly steps: readonly (() => Promise<void> | void)[]
  readonly limitMs: number
  readonly log: Log
  readonly exit: (code: number) => void
}): void {
  let stopping = false
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return options.exit(1)
    stopping = true
    options.log.info('stopping', { signal })
    const timer = setTimeout(() => options.exit(1), options.limitMs)
    for (const step of options.steps) {
      try {
        await step()
      } catch (error) {
        options.log.error('stop.failed', { error: reasonOf(error) })
      }
    }
    clearTimeout(timer)
    options.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))
}

const IDLE_MS = 50

/**
 * Stops accepting connections and resolves when the last one has closed. Closes idle connections as they become idle, since clients keep them open.
 */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => server.closeIdleConnections(), IDLE_MS)
    server.close(() => {
      clearInterval(timer)
      resolve()
    })
  })
}
