import { Worker } from 'node:worker_threads'
import { reasonOf, type Log } from '../../server/log.ts'
import type { ThreadData } from './thread.ts'

/** Memory of the thread: the indexes, and the answers that are being made. */
const LIMITS = { maxOldGenerationSizeMb: 256 }
const RESTART_MS = 5_000

/**
 * Serves the records in a thread of its own, so that reading gigabytes delays no request of an agent. A thread that ends, for example for want of
 * memory, is started again; the gateway goes on.
 */
export function startRecordsThread(data: ThreadData, log: Log): { stop(): Promise<void> } {
  let worker: Worker | undefined
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const start = (): void => {
    worker = new Worker(new URL('./thread.ts', import.meta.url), { execArgv: [], resourceLimits: LIMITS, workerData: data })
    worker.on('error', (error) => log.error('sessions.failed', { error: reasonOf(error) }))
    worker.once('exit', (code) => {
      if (stopped) return
      log.error('sessions.ended', { code })
      timer = setTimeout(start, RESTART_MS)
    })
  }
  start()
  return {
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await worker?.terminate()
    },
  }
}
