import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { FairCounts } from '../fair-counts.ts'

/** Why a connection was turned away or cut off. */
export type CutReason = 'connections' | 'connectionsPerAddress' | 'handshake' | 'slowReader' | 'slowReaders'

export type ConnectionBounds = {
  /** All together. */
  readonly connections: number
  /** From one address. Clients behind one address translation share it. */
  readonly connectionsPerAddress: number
  /** From the first byte of TCP to the end of the TLS handshake, however busily it is drawn out. */
  readonly handshakeMs: number
  /** How long a client may take nothing of what is written to it. A connection that has switched protocols is left alone. */
  readonly slowReaderMs: number
  /** How many may do so at once: each holds up to two megabytes here. Those of the address that has most are cut off first. */
  readonly slowReaders: number
}

/** For servers whose one client is kube-apiserver: it may have most of them, and others cannot have all. One takes some 50 KiB. */
export const BOUNDS: ConnectionBounds = { connections: 3072, connectionsPerAddress: 2048, handshakeMs: 10_000, slowReaderMs: 60_000, slowReaders: 32 }

const MAKE_ROOM_EVERY_MS = 1_000
/** How often clients are looked at, and how long one is let wait before it counts as slow. */
const LOOK_EVERY_MS = 500

type Progress = { readonly taken: number; readonly sinceMs: number }

/** What has left for the kernel. A write counts when all of it has: by then there is room for more. */
const takenOf = (socket: TLSSocket): number => socket.bytesWritten - socket.writableLength

type Slow = { readonly socket: TLSSocket; readonly reason: 'slowReader' | 'slowReaders' }

/** Of too many, those of the address that has most, the longest waiting first: nobody is cut off for what others do. */
function tooMany(waiting: readonly (readonly [TLSSocket, Progress])[], most: number): readonly TLSSocket[] {
  const groups = [...Map.groupBy(waiting, ([socket]) => socket.remoteAddress ?? '').values()].map((group) =>
    group.toSorted(([, a], [, b]) => a.sinceMs - b.sinceMs).map(([socket]) => socket),
  )
  const cut: TLSSocket[] = []
  for (let left = waiting.length; left > most; left--) {
    const largest = groups.reduce((best, next) => (next.length > best.length ? next : best))
    const socket = largest.shift()
    if (socket === undefined) break
    cut.push(socket)
  }
  return cut
}

/** Who does not read: a write that waits holds memory here, and a request upstream. */
function slowOf(sockets: ReadonlyMap<TLSSocket, Progress>, { slowReaderMs, slowReaders }: ConnectionBounds): readonly Slow[] {
  const nowMs = performance.now()
  const waiting = [...sockets].filter(([, { sinceMs }]) => nowMs - sinceMs >= Math.min(LOOK_EVERY_MS, slowReaderMs / 4))
  const long = waiting.filter(([, { sinceMs }]) => nowMs - sinceMs >= slowReaderMs).map(([socket]) => socket)
  const others = waiting.filter(([socket]) => !long.includes(socket))
  return [
    ...long.map((socket): Slow => ({ socket, reason: 'slowReader' })),
    ...tooMany(others, slowReaders).map((socket): Slow => ({ socket, reason: 'slowReaders' })),
  ]
}

/** What each has taken by now. Who has nothing to take, or took something, waits from now on. */
function look(sockets: ReadonlyMap<TLSSocket, Progress>): Map<TLSSocket, Progress> {
  const nowMs = performance.now()
  return new Map(
    [...sockets].map(([socket, before]) => {
      const taken = takenOf(socket)
      return [socket, socket.writableLength > 0 && taken === before.taken ? before : { taken, sinceMs: nowMs }]
    }),
  )
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
  // From the first byte of TCP on: before anything is known of who is there, or spent on it.
  const places = new FairCounts<string>(bounds.connectionsPerAddress, bounds.connections)
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
    const full = places.full(address, 1)
    if (full !== undefined) {
      onCut(full === 'own' ? 'connectionsPerAddress' : 'connections', address)
      socket.destroy()
      if (full === 'all') makeRoom()
      return
    }
    places.add(address, 1)
    socket.once('close', () => places.add(address, -1))
    for (const listener of secure) listener.call(server, socket)
  })

  let writing = new Map<TLSSocket, Progress>()
  server.on('secureConnection', (socket: TLSSocket) => {
    writing.set(socket, { taken: takenOf(socket), sinceMs: performance.now() })
    socket.once('close', () => writing.delete(socket))
  })
  const timer = setInterval(
    () => {
      writing = look(writing)
      for (const { socket, reason } of slowOf(writing, bounds)) {
        onCut(reason, socket.remoteAddress ?? '')
        socket.destroy()
      }
    },
    Math.min(LOOK_EVERY_MS, bounds.slowReaderMs / 4),
  )
  timer.unref()
  server.on('close', () => clearInterval(timer))
  server.on('tlsClientError', (error: Error & { readonly code?: string }, socket: TLSSocket) => {
    if (error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT') onCut('handshake', socket.remoteAddress ?? '')
  })
  return { switched: (socket) => void writing.delete(socket as TLSSocket) }
}
