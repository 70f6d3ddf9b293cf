import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { FairCounts } from '../fair-counts.ts'

/** Why a connection was refused or closed. */
export type CutReason = 'connections' | 'connectionsPerAddress' | 'handshake' | 'slowReader' | 'slowReaders'

export type ConnectionBounds = {
  /** Maximum connections in total. */
  readonly connections: number
  /** Maximum connections from one address. Clients behind one NAT share it. */
  readonly connectionsPerAddress: number
  /** Maximum time from the first byte of TCP to the end of the TLS handshake, even if the client keeps sending. */
  readonly handshakeMs: number
  /** How long a client may read nothing while data is buffered for it. Connections that have switched protocols are exempt. */
  readonly slowReaderMs: number
  /**
   * Maximum slow readers at once; each holds up to two megabytes of memory here. Those of the address with the most slow readers are closed first.
   */
  readonly slowReaders: number
}

/**
 * For servers whose only regular client is kube-apiserver: it may use most connections, and other clients cannot use all of them. A connection takes
 * about 50 KiB.
 */
export const BOUNDS: ConnectionBounds = { connections: 3072, connectionsPerAddress: 2048, handshakeMs: 10_000, slowReaderMs: 60_000, slowReaders: 32 }

const MAKE_ROOM_EVERY_MS = 1_000
/** How often connections are checked, and how long one may wait before it counts as slow. */
const LOOK_EVERY_MS = 500

type Progress = { readonly flushed: number; readonly sinceMs: number }

/** Bytes handed to the kernel. A write counts only once all of it is flushed: the buffer then has space again. */
const flushedBytes = (socket: TLSSocket): number => socket.bytesWritten - socket.writableLength

type Slow = { readonly socket: TLSSocket; readonly reason: 'slowReader' | 'slowReaders' }

/**
 * The connections to close when there are too many slow readers: those of the address with the most, longest waiting first, so that no client is
 * closed because of others.
 */
function excessReaders(waiting: readonly (readonly [TLSSocket, Progress])[], most: number): readonly TLSSocket[] {
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

/** Slow readers: a pending write holds memory here and a request upstream. */
function slowReadersOf(sockets: ReadonlyMap<TLSSocket, Progress>, { slowReaderMs, slowReaders }: ConnectionBounds): readonly Slow[] {
  const nowMs = performance.now()
  const waiting = [...sockets].filter(([, { sinceMs }]) => nowMs - sinceMs >= Math.min(LOOK_EVERY_MS, slowReaderMs / 4))
  const timedOut = waiting.filter(([, { sinceMs }]) => nowMs - sinceMs >= slowReaderMs).map(([socket]) => socket)
  const others = waiting.filter(([socket]) => !timedOut.includes(socket))
  return [
    ...timedOut.map((socket): Slow => ({ socket, reason: 'slowReader' })),
    ...excessReaders(others, slowReaders).map((socket): Slow => ({ socket, reason: 'slowReaders' })),
  ]
}

/** Progress of each connection. The timer of a connection restarts when it has nothing to read or has read something. */
function updatedProgress(sockets: ReadonlyMap<TLSSocket, Progress>): Map<TLSSocket, Progress> {
  const nowMs = performance.now()
  return new Map(
    [...sockets].map(([socket, before]) => {
      const flushed = flushedBytes(socket)
      return [socket, socket.writableLength > 0 && flushed === before.flushed ? before : { flushed, sinceMs: nowMs }]
    }),
  )
}

/**
 * Limits the connections of a TLS server. A connection over the limit is closed before TLS begins: a response would need the handshake, whose cost a
 * flood aims at. Clients see a reset and retry; idle connections are closed to free space for the next. Node enforces `handshakeMs`, which the
 * creator of the server passes to it. `switched` must be called for connections that no longer speak HTTP.
 */
export function limitConnections(
  server: Server,
  bounds: ConnectionBounds,
  onCut: (reason: CutReason, address: string) => void,
): { readonly switched: (socket: Duplex) => void } {
  // Counted from the first byte of TCP, before the client is known and before the handshake costs anything.
  const counts = new FairCounts<string>(bounds.connectionsPerAddress, bounds.connections)
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
    const full = counts.full(address, 1)
    if (full !== undefined) {
      onCut(full === 'own' ? 'connectionsPerAddress' : 'connections', address)
      socket.destroy()
      if (full === 'all') makeRoom()
      return
    }
    counts.add(address, 1)
    socket.once('close', () => counts.add(address, -1))
    for (const listener of secure) listener.call(server, socket)
  })

  let writing = new Map<TLSSocket, Progress>()
  server.on('secureConnection', (socket: TLSSocket) => {
    writing.set(socket, { flushed: flushedBytes(socket), sinceMs: performance.now() })
    socket.once('close', () => writing.delete(socket))
  })
  const timer = setInterval(
    () => {
      writing = updatedProgress(writing)
      for (const { socket, reason } of slowReadersOf(writing, bounds)) {
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
