import { connect, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { listen } from '../../server/http/admin.ts'
import { reasonOf, type Log } from '../../server/log.ts'
import type { ThreadData } from './thread.ts'

/** Memory of the thread: the indexes, and the answers that are being made. */
const LIMITS = { maxOldGenerationSizeMb: 256 }
/** A thread that ended is not started again sooner. */
const RESTART_MS = 5_000
/** A thread that nobody asks ends after this time. The next question makes its indexes again. */
const IDLE_MS = 30 * 60_000
const MAX_CONNECTIONS = 64

export type RecordsThread = {
  /** Whether the thread runs now. False only when it has ended. */
  readonly running: () => boolean
  readonly stop: () => Promise<void>
}

type Running = { readonly worker: Worker; readonly port: Promise<number> }

/**
 * Serves the records in a thread of its own, so that reading gigabytes delays no request of an agent. The thread takes some 30 MB, so it runs only
 * while somebody asks: this thread listens, starts the other one for the first connection, and passes the bytes of each connection on to a port of it on
 * the loopback interface. TLS ends in the other thread, which authenticates the client. A thread that ends, for example for want of memory, is started
 * again for a later connection; the gateway goes on.
 * @throws Error when the port cannot be opened
 */
export async function startRecordsThread(data: ThreadData, log: Log, { idleMs = IDLE_MS, restartMs = RESTART_MS } = {}): Promise<RecordsThread> {
  let open = 0
  let running: Running | undefined
  let alive = 0
  let endedAtMs = -Infinity
  let idle: NodeJS.Timeout | undefined

  const start = (): Running => {
    const worker = new Worker(new URL('./thread.ts', import.meta.url), { execArgv: [], resourceLimits: LIMITS, workerData: data })
    const port = new Promise<number>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('exit', () => reject(new Error('the thread has ended')))
    })
    port.catch(() => undefined) // connections that wait for it are closed
    alive += 1
    worker.on('error', (error) => log.error('sessions.failed', { error: reasonOf(error) }))
    worker.once('exit', (code) => {
      alive -= 1
      if (running?.worker !== worker) return // ended on purpose
      running = undefined
      endedAtMs = performance.now()
      log.error('sessions.ended', { code })
    })
    return { worker, port }
  }
  const end = async (): Promise<void> => {
    const ending = running
    running = undefined
    await ending?.worker.terminate()
  }
  const pass = async (socket: Socket): Promise<void> => {
    if (running === undefined && performance.now() - endedAtMs < restartMs) return void socket.destroy()
    running ??= start()
    const port = await running.port
    if (socket.destroyed) return // the client has left while the thread started
    const inner = connect({ host: '127.0.0.1', port })
    pipeline(socket, inner, socket, () => inner.destroy())
  }

  const server = createServer((socket) => {
    open += 1
    clearTimeout(idle)
    socket.on('error', () => undefined) // 'close' follows
    socket.once('close', () => {
      open -= 1
      if (open === 0) idle = setTimeout(() => void end(), idleMs).unref()
    })
    pass(socket).catch(() => socket.destroy())
  })
  server.maxConnections = MAX_CONNECTIONS
  await listen(server, data.sessions.listen)
  return {
    running: () => alive > 0,
    stop: async () => {
      server.close()
      clearTimeout(idle)
      await end() // closes the connections, too
    },
  }
}
