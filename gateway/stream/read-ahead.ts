import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Gauge, type Registry } from 'prom-client'
import type { Room } from '../catch-up/held-room.ts'

/** Bytes that may be read ahead. */
export type ReadAheadLimits = {
  /** For one agent. */
  readonly ofIdentity: number
  readonly ofAll: number
  /** The last quarter of `ofAll` is for agents that hold less than this, so that a few slow readers do not keep the others from it. */
  readonly little: number
}
const MIB = 1024 * 1024
const LIMITS: ReadAheadLimits = { ofIdentity: 64 * MIB, ofAll: 192 * MIB, little: 16 * MIB }
/** What is given out at once: many small reads together. */
const AT_ONCE = 64 * 1024

/** Counts what streams have read and not yet relayed. */
export class ReadAheadRoom {
  readonly #byIdentity = new Map<string, number>()
  readonly #limits: ReadAheadLimits
  #all = 0

  /** @param limits left out: 64 MiB an agent, 192 MiB in all */
  constructor(registry: Registry, limits = LIMITS) {
    this.#limits = limits
    const read = (): number => this.#all
    void new Gauge({
      name: 'jit_gateway_read_ahead_bytes',
      help: 'Bytes of exec, attach and port-forward that were read from kube-apiserver and not yet relayed.',
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  }

  of(identity: string): Room {
    const count = (bytes: number): void => {
      const held = (this.#byIdentity.get(identity) ?? 0) + bytes
      this.#all += bytes
      if (held === 0) this.#byIdentity.delete(identity)
      else this.#byIdentity.set(identity, held)
    }
    const { ofIdentity, ofAll, little } = this.#limits
    const left = (): boolean => {
      const own = this.#byIdentity.get(identity) ?? 0
      return own < ofIdentity && this.#all < (own < little ? ofAll : (ofAll * 3) / 4)
    }
    return {
      take: (bytes) => count(bytes),
      give: (bytes) => count(-bytes),
      get left() {
        return left()
      },
    }
  }
}

/**
 * Hands on what comes until the other side ends or breaks off, as `pump` does, and meanwhile reads on, within bounds. kube-apiserver drops
 * what its reader has not taken when the command ends, so whoever is slower than the command for a while must have read it by then. A stream
 * that has read nothing ahead may always read, whatever others hold. Throws only what `take` throws.
 */
export async function pumpAhead(
  { socket, head }: { readonly socket: Duplex; readonly head: Buffer },
  room: Room,
  take: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  const chunks: Buffer[] = []
  let held = 0
  let ended = false
  let onChange: (() => void) | undefined

  const count = (bytes: number): void => {
    held += bytes
    if (bytes > 0) room.take(bytes)
    else room.give(-bytes)
  }
  const isFull = (): boolean => held >= AT_ONCE && !room.left
  const add = (bytes: Buffer): void => {
    chunks.push(bytes)
    count(bytes.length)
    if (isFull()) socket.pause()
    onChange?.()
  }
  const end = (): void => {
    ended = true
    onChange?.()
  }
  const next = (): Buffer => {
    let [length, size] = [0, 0]
    while (length < chunks.length && size < AT_ONCE) size += (chunks[length++] as Buffer).length
    const taken = chunks.splice(0, length)
    return taken.length === 1 ? (taken[0] as Buffer) : Buffer.concat(taken, size)
  }

  if (head.length > 0) add(head)
  if (socket.destroyed || socket.readableEnded) end()
  socket.on('data', add).once('end', end).once('close', end)
  if (!isFull()) socket.resume()
  try {
    for (;;) {
      if (chunks.length === 0) {
        if (ended) return
        await new Promise<void>((resolve) => (onChange = resolve))
        continue
      }
      const bytes = next()
      await take(bytes)
      count(-bytes.length)
      if (!isFull()) socket.resume()
      // Sockets are read in a turn of the event loop; what is relayed must not keep it from coming.
      await nextTurn()
    }
  } finally {
    socket.off('data', add).off('end', end).off('close', end)
    count(-held)
  }
}
