import { connect, createServer, type Server, type Socket } from 'node:net'
import { rm } from 'node:fs/promises'
import { lines } from '../../kube/json-lines.ts'

/** What two processes say to each other about the store, a line each, over a socket beside its file. */
const YOURS = 'yours'
const TAKEN = 'taken'
const MAX_LINE_LENGTH = 1024
/** A holder that does not answer within this time is not going to. */
const ANSWER_MS = 30_000
/** To open a file takes milliseconds. */
const OPEN_MS = 10_000

type Reader = {
  /** Undefined: the other has left, or said nothing in time. */
  next(limitMs: number): Promise<string | undefined>
  /** Resolves when the other has left. */
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

/** The process that holds the store, as its successor sees it. */
export type Holder = {
  /** Resolves when the store is closed there; false when it is not going to be. */
  yields(): Promise<boolean>
  /** Tells it that the store is open here. */
  taken(): void
  leave(): void
}

/** Undefined: nobody is there. `serve`: the socket on which this process takes connections. */
export function askHolder(path: string, serve: string): Promise<Holder | undefined> {
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

/** The process that asks for the store, as the holder sees it. */
export type Successor = {
  readonly serve: string
  /** Tells it that the store is closed here. True when it has opened it. */
  yours(): Promise<boolean>
  /** Resolves when it has ended. */
  left(): Promise<void>
  leave(): void
}

/** Waits for one successor, or for `signal`. Nobody is heard any more when it resolves. @throws the system's error when the socket cannot be made */
export async function awaitSuccessor(path: string, signal: AbortSignal): Promise<Successor | undefined> {
  // Whoever holds the store may: what is left there is of a process that ended.
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
