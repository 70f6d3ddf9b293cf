import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'

/** Why a connection was turned away or cut off. */
export type CutReason = 'connections' | 'connectionsPerAddress' | 'handshake' | 'slowReader'

export type ConnectionBounds = {
  /** All together. */
  readonly connections: number
  /** From one address. Clients behind one address translation share it. */
  readonly connectionsPerAddress: number
  /** From the first byte of TCP to the end of the TLS handshake, however busily it is drawn out. */
  readonly handshakeMs: number
  /** How long a client may take nothing of what is written to it. A connection that has switched protocols is left alone. */
  readonly slowReaderMs: number
}

/** For servers whose one client is kube-apiserver: it may have most of them, and others cannot have all. One takes some 50 KiB. */
export const BOUNDS: ConnectionBounds = { connections: 3072, connectionsPerAddress: 2048, handshakeMs: 10_000, slowReaderMs: 60_000 }

const MAKE_ROOM_EVERY_MS = 1_000

/** Counts by address, from the first byte of TCP on: before anything is known of who is there, or spent on it. */
class Places {
  readonly #bounds: ConnectionBounds
  readonly #byAddress = new Map<string, number>()
  #total = 0

  constructor(bounds: ConnectionBounds) {
    this.#bounds = bounds
  }

  take(address: string): CutReason | undefined {
    const own = this.#byAddress.get(address) ?? 0
    if (own >= this.#bounds.connectionsPerAddress) return 'connectionsPerAddress'
    if (this.#total >= this.#bounds.connections) return 'connections'
    this.#total++
    this.#byAddress.set(address, own + 1)
    return undefined
  }

  leave(address: string): void {
    this.#total--
    const left = (this.#byAddress.get(address) ?? 1) - 1
    if (left > 0) this.#byAddress.set(address, left)
    else this.#byAddress.delete(address)
  }
}

type Progress = { readonly taken: number; readonly sinceMs: number }

/** What has left for the kernel. A write counts when all of it has: by then there is room for more. */
const takenOf = (socket: TLSSocket): number => socket.bytesWritten - socket.writableLength

/** Cuts off who does not read: a write that waits too long holds memory here, and a request upstream. */
function cutSlowReaders(sockets: ReadonlyMap<TLSSocket, Progress>, slowReaderMs: number, cut: (socket: TLSSocket) => void): Map<TLSSocket, Progress> {
  const nowMs = performance.now()
  const next = new Map<TLSSocket, Progress>()
  for (const [socket, before] of sockets) {
    const taken = takenOf(socket)
    const waits = socket.writableLength > 0 && taken === before.taken
    if (waits && nowMs - before.sinceMs >= slowReaderMs) cut(socket)
    else next.set(socket, waits ? before : { taken, sinceMs: nowMs })
  }
  return next
}

/**
 * Bounds the connections of a TLS server. One that is too many is closed before TLS begins: an answer would need the handshake,
 * which is what a flood wants of us. Clients see a reset and try again; idle connections make room for the next.
 * `handshakeMs` is kept by Node, which gets it from whoever makes the server. `switched` is to be told of what is no HTTP any more.
 */
export function boundConnections(
  server: Server,
  bounds: ConnectionBounds,
  onCut: (reason: CutReason, address: string) => void,
): { readonly switched: (socket: Duplex) => void } {
  const places = new Places(bounds)
  let roomMadeMs = -MAKE_ROOM_EVERY_MS
  const makeRoom = (): void => {
    const nowMs = performance.now()
    if (nowMs - roomMadeMs < MAKE_ROOM_EVERY_MS) return
    roomMadeMs = nowMs
    server.closeIdleConnections()
  }
  const secure = server.listeners('connection') as ((socket: Socket) => void)[]
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const full = places.take(address)
    if (full !== undefined) {
      onCut(full, address)
      socket.destroy()
      if (full === 'connections') makeRoom()
      return
    }
    socket.once('close', () => places.leave(address))
    for (const listener of secure) listener.call(server, socket)
  })

  let writing = new Map<TLSSocket, Progress>()
  server.on('secureConnection', (socket: TLSSocket) => {
    writing.set(socket, { taken: takenOf(socket), sinceMs: performance.now() })
    socket.once('close', () => writing.delete(socket))
  })
  const timer = setInterval(() => {
    writing = cutSlowReaders(writing, bounds.slowReaderMs, (socket) => {
      onCut('slowReader', socket.remoteAddress ?? '')
      socket.destroy()
    })
  }, bounds.slowReaderMs / 4)
  timer.unref()
  server.on('close', () => clearInterval(timer))
  server.on('tlsClientError', (error: Error & { readonly code?: string }, socket: TLSSocket) => {
    if (error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT') onCut('handshake', socket.remoteAddress ?? '')
  })
  return { switched: (socket) => void writing.delete(socket as TLSSocket) }
}
