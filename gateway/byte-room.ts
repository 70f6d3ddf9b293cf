import { Gauge, type Registry } from 'prom-client'
import { FairCounts } from '../server/fair-counts.ts'

const MIB = 1024 * 1024

/** The memory of one agent's answers of a kind. */
export type Room = {
  take(bytes: number): void
  give(bytes: number): void
  /** Whether more may be held. An answer that holds nothing need not ask, so that each goes on whatever others hold. */
  readonly left: boolean
}

export type RoomLimits = {
  /** Bytes for one agent. */
  readonly ofIdentity: number
  /** Bytes for all. The last quarter is for agents that hold little. */
  readonly ofAll: number
}

/** Counts bytes that are held for agents. One that fills its room slows its own answers down. */
export class ByteRoom {
  readonly #counts: FairCounts<string>

  constructor(metric: { readonly registry: Registry; readonly name: string; readonly help: string }, { ofIdentity, ofAll }: RoomLimits) {
    const counts = new FairCounts<string>(ofIdentity, ofAll)
    this.#counts = counts
    void new Gauge({
      name: metric.name,
      help: metric.help,
      registers: [metric.registry],
      collect() {
        this.set(counts.total)
      },
    })
  }

  of(identity: string): Room {
    const counts = this.#counts
    return {
      take: (bytes) => counts.add(identity, bytes),
      give: (bytes) => counts.add(identity, -bytes),
      get left() {
        return counts.full(identity, 1) === undefined
      },
    }
  }
}

/** For answers without end: what is held back until it can be masked. One answer: catch-up/delay-line.ts. */
export const createHeldRoom = (registry: Registry): ByteRoom =>
  new ByteRoom(
    {
      registry,
      name: 'jit_gateway_held_bytes',
      help: 'Bytes of watches, followed logs and streams that wait until the Secrets of the moment are known.',
    },
    { ofIdentity: 16 * MIB, ofAll: 64 * MIB },
  )

/** @param limits Optional. Defaults to 64 MiB an agent and 192 MiB in all */
export const createReadAheadRoom = (registry: Registry, limits: RoomLimits = { ofIdentity: 64 * MIB, ofAll: 192 * MIB }): ByteRoom =>
  new ByteRoom(
    {
      registry,
      name: 'jit_gateway_read_ahead_bytes',
      help: 'Bytes of exec, attach and port-forward that were read from kube-apiserver and not yet relayed.',
    },
    limits,
  )
