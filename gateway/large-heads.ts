import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'

/** A head above this size counts as large. Known clients send smaller heads, except for exec with a long command. */
const LARGE = 48 * 1024
/** Large heads received concurrently. Each takes memory before authentication. 64 of them take 16 MiB. */
const MAX_LARGE_HEADS = 64
const CHECK_INTERVAL_MS = 100

/** Sockets to close until `most` are left, taken from the address that has the most: no client is disconnected for the load of another. */
export function tooManyOf<T>(sockets: readonly T[], addressOf: (socket: T) => string, most: number): readonly T[] {
  const groups = [...Map.groupBy(sockets, addressOf).values()].map((group) => [...group])
  const cut: T[] = []
  for (let left = sockets.length; left > most; left--) {
    const socket = groups.reduce((best, next) => (next.length > best.length ? next : best)).shift()
    if (socket === undefined) break
    cut.push(socket)
  }
  return cut
}

/** Bounds the memory of incomplete request heads. Checks ten times a second; bytes that arrive between two checks are not bounded by this. */
export function boundLargeHeads(server: Server, onCut: () => void): void {
  /** Connections that wait for a request head, with the byte count at the start of the wait. */
  const waiting = new Map<TLSSocket, number>()
  const wait = (socket: TLSSocket): void => {
    if (!socket.destroyed) waiting.set(socket, socket.bytesRead)
  }
  server.on('secureConnection', (socket: TLSSocket) => {
    wait(socket)
    socket.once('close', () => waiting.delete(socket))
  })
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    waiting.delete(socket as TLSSocket)
    response.once('close', () => wait(socket as TLSSocket))
  })
  server.on('upgrade', (_: IncomingMessage, socket: Duplex) => void waiting.delete(socket as TLSSocket))
  const check = (): void => {
    const large = [...waiting].filter(([socket, before]) => socket.bytesRead - before > LARGE).map(([socket]) => socket)
    for (const socket of tooManyOf(large, ({ remoteAddress = '' }) => remoteAddress, MAX_LARGE_HEADS)) {
      onCut()
      socket.destroy()
    }
  }
  const timer = setInterval(check, CHECK_INTERVAL_MS)
  timer.unref()
  server.on('close', () => clearInterval(timer))
}
