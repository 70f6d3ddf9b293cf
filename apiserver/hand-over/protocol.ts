import { connect, createServer, type Server, type Socket } from 'node:net'
import { rm } from 'node:fs/promises'
import { lines } from '../../kube/json-lines.ts'

/** Messages of the hand-over protocol between two processes: one per line, over a Unix socket in the directory of the store. */
const YOURS = 'yours'
const TAKEN = 'taken'
const MAX_LINE_LENGTH = 1024
/** Time limit for a message, such as the holder's answer. */
const ANSWER_MS = 30_000
/** Time limit for the successor to open the store, which normally takes milliseconds. */
const OPEN_MS = 10_000

type Reader = {
  /** The next line. Undefined if the peer disconnected or sent nothing in time. */
  next(limitMs: number): Promise<string | undefined>
  /** Resolves when the peer disconnects. */
  left(): Promise<void>
}

function read(socket: Socket): Reader {
  const each = lines(socket as AsyncIterable<Buffer>, MAX_LINE_LENGTH)[Symbol.asyncIterator]()
  const next = async (): Promise<string | undefined> => {
    try {
      const { value, done } = await each.next()
      return done === true ? undefined : value
    } catch {
      return undefined
    }
  }
  return {
    next: async (limitMs) => {
      const timer = setTimeout(() => socket.destroy(), limitMs)
      const line = await next()
      clearTimeout(timer)
      return line
    },
    left: async () => {
      while ((await next()) !== undefined);
    },
  }
}

/** Connection to the process that holds the store, for its successor. */
export type StoreHolder = {
  /** Resolves to true when the holder has closed the store, or to false if it does not. */
  yields(): Promise<boolean>
  /** Notifies the holder that the store is open in this process. */
  taken(): void
  leave(): void
}

/** Connects to the holder; undefined if there is none. `serve`: path of the socket on which this process accepts forwarded connections. */
export function connectToHolder(path: string, serve: string): Promise<StoreHolder | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('error', () => resolve(undefined))
    socket.once('connect', () => {
      socket.on('error', () => undefined)
      const reader = read(socket)
      socket.write(`${serve}\n`)
      resolve({
        yields: async () => (await reader.next(ANSWER_MS)) === YOURS,
        taken: () => void socket.write(`${TAKEN}\n`),
        leave: () => socket.destroy(),
      })
    })
  })
}

/** Connection to the process that asks for the store, for the holder. */
export type Successor = {
  readonly serve: string
  /** Notifies the successor that the store is closed in this process. True if the successor has opened it. */
  yours(): Promise<boolean>
  /** Resolves when the successor disconnects. */
  left(): Promise<void>
  leave(): void
}

/** Waits for one successor, or for `signal`. Stops listening when it resolves. @throws the system error when the socket cannot be created */
export async function awaitSuccessor(path: string, signal: AbortSignal): Promise<Successor | undefined> {
  // Only the holder of the store gets here, so an existing socket is left over from a process that exited.
  await rm(path, { force: true })
  return await new Promise((resolve, reject) => {
    let found = false
    const over = (server: Server, successor: Successor | undefined): void => {
      signal.removeEventListener('abort', stop)
      server.close()
      resolve(successor)
    }
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      if (found) return void socket.destroy()
      const reader = read(socket)
      void reader.next(ANSWER_MS).then((serve) => {
        if (serve === undefined || found || signal.aborted) return void socket.destroy()
        found = true
        over(server, {
          serve,
          yours: async () => {
            socket.write(`${YOURS}\n`)
            return (await reader.next(OPEN_MS)) === TAKEN
          },
          left: () => reader.left(),
          leave: () => socket.destroy(),
        })
      })
    })
    const stop = (): void => over(server, undefined)
    server.once('error', reject)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) return stop()
    server.listen(path)
  })
}
