import { connect, createServer, type Server, type Socket } from 'node:net'
import { FairCounts } from '../../server/fair-counts.ts'

export type Address = { readonly host: string; readonly port: number }
/** A network address, or the path of a Unix socket. */
export type ForwardTarget = Address | { readonly path: string }

/**
 * Maximum number of forwarded connections, and of those from one address. kube-apiserver is the only expected client, but others reach the port, and to
 * the apiserver all of them have the address of this process: as many as it takes from one.
 */
const BOUNDS = { all: 2048, each: 768 }
/** Connecting within a cluster takes a millisecond. A target that does not answer within this time counts as gone. */
const CONNECT_MS = 300
/**
 * A leaving connection ends after `quietMs` without data, or after `mostMs` at the latest. TLS hides whether its client waits for an answer, and a
 * busy node needs seconds for one. kube-apiserver waits 5 seconds for discovery, and asks again if a connection that it kept ends before.
 */
const LEAVING = { quietMs: 4_000, mostMs: 10_000 }

export type Forwarder = {
  readonly server: Server
  /**
   * Ends the connections to addresses that are no longer targets, since clients would keep using them. By default each ends after four seconds
   * without data, so that a request in flight gets its response, and after ten seconds at the latest.
   */
  leave(targets: readonly ForwardTarget[]): void
  /** Number of forwarded connections. */
  readonly forwarded: number
  /** Milliseconds since the last connection was accepted. */
  readonly unusedMs: number
  /** Accepts no more connections and ends the existing ones. */
  close(): Promise<void>
}

/** A connection to a target. `leavingSinceMs`: since when it is no longer a target. */
type Forwarded = { readonly to: string; lastMs: number; leavingSinceMs?: number | undefined }

const keyOf = (target: ForwardTarget): string => ('path' in target ? target.path : `${target.host} ${target.port}`)

/**
 * Forwards connections to the apiserver byte for byte, and serves them itself when the apiserver cannot be reached. TLS is not terminated:
 * the process that answers sees the certificates, including the client certificate of kube-apiserver. The forwarder can therefore always be
 * an endpoint of the Service. Adding it only when the apiserver goes away would leave a time without any endpoint.
 */
export function createForwarder(options: {
  /** Addresses of the apiserver, in order of preference. */
  readonly targets: () => readonly ForwardTarget[]
  /** Serves a connection here. */
  readonly standIn: (socket: Socket) => void
  /** Resolves when the targets are known; connections wait for it. Optional. By default the targets are always known. */
  readonly settled?: () => Promise<void> | undefined
  readonly connectMs?: number
  /** Most connections, and most of one address. Optional. Defaults to 2048 and 768. */
  readonly bounds?: { readonly all: number; readonly each: number }
  readonly leaving?: { readonly quietMs: number; readonly mostMs: number }
}): Forwarder {
  const { quietMs, mostMs } = options.leaving ?? LEAVING
  const { bounds = BOUNDS } = options
  const forwarded = new Map<Socket, Forwarded>()
  const near = new Set<Socket>()
  let acceptedMs = performance.now()

  const join = (client: Socket, far: Socket, to: string): void => {
    const connection: Forwarded = { to, lastMs: performance.now() }
    forwarded.set(far, connection)
    for (const [socket, other] of [
      [client, far],
      [far, client],
    ] as const) {
      socket.setNoDelay(true)
      socket.on('error', () => other.destroy())
      socket.on('close', () => other.destroy())
      socket.on('data', () => (connection.lastMs = performance.now())).pipe(other)
    }
    far.on('close', () => forwarded.delete(far))
  }

  const forward = (client: Socket, [target, ...others]: readonly ForwardTarget[]): void => {
    if (client.destroyed) return
    if (target === undefined) return options.standIn(client)
    const far = connect({ ...target, allowHalfOpen: true })
    const settle = (reached: boolean): void => {
      clearTimeout(timer)
      far.removeAllListeners()
      if (!reached) {
        far.on('error', () => undefined).destroy()
        return forward(client, others)
      }
      if (client.destroyed) return void far.destroy()
      join(client, far, keyOf(target))
    }
    const timer = setTimeout(() => settle(false), options.connectMs ?? CONNECT_MS)
    far.once('connect', () => settle(true))
    far.once('error', () => settle(false))
  }

  const counts = new FairCounts<string>(bounds.each, bounds.all)
  const admit = (client: Socket): void => {
    if (client.destroyed) return
    const address = client.remoteAddress ?? ''
    const targets = options.targets()
    if (targets.length === 0 || counts.full(address, 1) !== undefined) return options.standIn(client)
    counts.add(address, 1)
    client.once('close', () => counts.add(address, -1))
    forward(client, targets)
  }

  let looking: NodeJS.Timeout | undefined
  const endLeaving = (): void => {
    clearTimeout(looking)
    const nowMs = performance.now()
    let isLeft = false
    for (const [far, { lastMs, leavingSinceMs }] of forwarded) {
      if (leavingSinceMs === undefined) continue
      if (nowMs - lastMs >= quietMs || nowMs - leavingSinceMs >= mostMs) far.destroy()
      else isLeft = true
    }
    if (isLeft) looking = setTimeout(endLeaving, quietMs / 10)
  }

  // Does not read before the target is known: the first bytes are the client's TLS hello to that target.
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    acceptedMs = performance.now()
    near.add(client)
    client.on('error', () => undefined)
    client.on('close', () => near.delete(client))
    const settled = options.settled?.()
    if (settled === undefined) return admit(client)
    void settled.then(() => admit(client))
  })
  return {
    server,
    leave: (targets) => {
      const there = new Set(targets.map(keyOf))
      for (const connection of forwarded.values())
        connection.leavingSinceMs = there.has(connection.to) ? undefined : (connection.leavingSinceMs ?? performance.now())
      endLeaving()
    },
    get forwarded() {
      return forwarded.size
    },
    get unusedMs() {
      return performance.now() - acceptedMs
    },
    close: () =>
      new Promise((resolve) => {
        clearTimeout(looking)
        server.close(() => resolve())
        for (const socket of [...forwarded.keys(), ...near]) socket.destroy()
      }),
  }
}
