import { connect, createServer, type Server, type Socket } from 'node:net'

export type Address = { readonly host: string; readonly port: number }
/** An address, or a socket of this machine. */
export type Target = Address | { readonly path: string }

/** Connections that are led on. kube-apiserver is the one client; who else comes meets the bounds of the apiserver too. */
const MAX_LED = 2048
/** Within a cluster a connection takes a millisecond. Who does not answer within this time has left. */
const CONNECT_MS = 300
/** A request that is under way has its answer by the first time without a byte, or goes on at the latest until the second. */
const LEAVING = { quietMs: 1_000, mostMs: 3_000 }

export type Forwarder = {
  readonly server: Server
  /**
   * Ends the connections to whoever is not among the targets any more: those that are kept alive would go on to who has left. Each ends when nothing
   * has come for a second, so that a request which is under way gets its answer, and after three at the latest.
   */
  leave(targets: readonly Target[]): void
  /** How many connections are led on. */
  readonly led: number
  /** Takes no more, and ends those that are there. */
  close(): Promise<void>
}

/** A connection to a target. `leavingSinceMs`: the target is none any more. */
type Led = { readonly to: string; lastMs: number; leavingSinceMs?: number | undefined }

const keyOf = (target: Target): string => ('path' in target ? target.path : `${target.host} ${target.port}`)

/**
 * Leads connections on to the apiserver, byte for byte, and takes them itself when it cannot be reached. TLS is not opened: certificates,
 * kube-apiserver's among them, are seen by whoever answers. So this is always behind the Service: it need not be put there when the
 * apiserver leaves, which takes time in which nobody is.
 */
export function createForwarder(options: {
  /** Who serves, the best first. */
  readonly targets: () => readonly Target[]
  /** Serves a connection here. */
  readonly standIn: (socket: Socket) => void
  /** Resolves when it is known who serves; a connection waits for that. Optional. Defaults to being known at all times. */
  readonly settled?: () => Promise<void> | undefined
  readonly connectMs?: number
  readonly leaving?: { readonly quietMs: number; readonly mostMs: number }
}): Forwarder {
  const { quietMs, mostMs } = options.leaving ?? LEAVING
  const led = new Map<Socket, Led>()
  const near = new Set<Socket>()

  const join = (client: Socket, far: Socket, to: string): void => {
    const connection: Led = { to, lastMs: performance.now() }
    led.set(far, connection)
    for (const [socket, other] of [
      [client, far],
      [far, client],
    ] as const) {
      socket.setNoDelay(true)
      socket.on('error', () => other.destroy())
      socket.on('close', () => other.destroy())
      socket.on('data', () => (connection.lastMs = performance.now())).pipe(other)
    }
    far.on('close', () => led.delete(far))
  }

  const lead = (client: Socket, [target, ...others]: readonly Target[]): void => {
    if (client.destroyed) return
    if (target === undefined || led.size >= MAX_LED) return options.standIn(client)
    const far = connect({ ...target, allowHalfOpen: true })
    const settle = (reached: boolean): void => {
      clearTimeout(timer)
      far.removeAllListeners()
      if (!reached) {
        far.on('error', () => undefined).destroy()
        return lead(client, others)
      }
      if (client.destroyed) return void far.destroy()
      join(client, far, keyOf(target))
    }
    const timer = setTimeout(() => settle(false), options.connectMs ?? CONNECT_MS)
    far.once('connect', () => settle(true))
    far.once('error', () => settle(false))
  }

  let looking: NodeJS.Timeout | undefined
  const endLeaving = (): void => {
    clearTimeout(looking)
    const nowMs = performance.now()
    let isLeft = false
    for (const [far, { lastMs, leavingSinceMs }] of led) {
      if (leavingSinceMs === undefined) continue
      if (nowMs - lastMs >= quietMs || nowMs - leavingSinceMs >= mostMs) far.destroy()
      else isLeft = true
    }
    if (isLeft) looking = setTimeout(endLeaving, quietMs / 10)
  }

  // Nothing is read until it is known who answers: the first byte is the client's hello to them.
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    near.add(client)
    client.on('error', () => undefined)
    client.on('close', () => near.delete(client))
    const settled = options.settled?.()
    if (settled === undefined) return lead(client, options.targets())
    void settled.then(() => lead(client, options.targets()))
  })
  return {
    server,
    leave: (targets) => {
      const there = new Set(targets.map(keyOf))
      for (const connection of led.values())
        connection.leavingSinceMs = there.has(connection.to) ? undefined : (connection.leavingSinceMs ?? performance.now())
      endLeaving()
    },
    get led() {
      return led.size
    },
    close: () =>
      new Promise((resolve) => {
        clearTimeout(looking)
        server.close(() => resolve())
        for (const socket of [...led.keys(), ...near]) socket.destroy()
      }),
  }
}
