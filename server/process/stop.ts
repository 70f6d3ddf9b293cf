import { reasonOf, type Log } from '../log.ts'
import type { StopStep } from './server-definition.ts'

/**
 * Stops a server on SIGTERM or SIGINT. Runs `steps` in order, for at most `limitMs` in total. A step that throws is logged, and the next one
 * runs. Calls `exit` with `failed` when the time is up, when a second signal arrives, or at once while there are no steps yet: Node's default
 * would do nothing in a container, where the process has the id 1. Otherwise calls `exit` with `stopped` after the last step.
 */
export function stopOnSignal(options: {
  /** Undefined while the server starts. */
  readonly steps: () => readonly StopStep[] | undefined
  readonly limitMs: number
  readonly log: Log
  readonly exit: (end: 'stopped' | 'failed') => void
}): void {
  let stopping = false
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return options.exit('failed')
    stopping = true
    options.log.info('stopping', { signal })
    const steps = options.steps()
    if (steps === undefined) return options.exit('failed')
    const timer = setTimeout(() => options.exit('failed'), options.limitMs)
    for (const step of steps) {
      try {
        await step()
      } catch (error) {
        options.log.error('stop.failed', { error: reasonOf(error) })
      }
    }
    clearTimeout(timer)
    options.exit('stopped')
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))
}
