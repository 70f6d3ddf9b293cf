import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'

/** Requests of clients that we know have smaller heads, long commands to exec aside. */
const LARGE = 48 * 1024
/** Large heads that are being received at once: each takes memory before anybody is authenticated. 64 of them take 16 MiB. */
const MAX_LARGE_HEADS = 64
const LOOK_EVERY_MS = 100

/** Those of the address that has most go first: nobody is cut off for what others do. */
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

/** Bounds the memory of heads that have not come whole yet. Looks ten times a second: what comes in between is not bounded by this. */
export function boundLargeHeads(server: Server, onCut: () => void): void {
  /** Connections that wait for a head, with the bytes that they had brought when they began to. */
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
  const look = (): void => {
    const large = [...waiting].filter(([socket, before]) => socket.bytesRead - before > LARGE).map(([socket]) => socket)
    for (const socket of tooManyOf(large, ({ remoteAddress = '' }) => remoteAddress, MAX_LARGE_HEADS)) {
      onCut()
      socket.destroy()
    }
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  timer.unref()
  server.on('close', () => clearInterval(timer))
}
