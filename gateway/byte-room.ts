import type { Registry } from 'prom-client'
import { FairCounts } from '../server/fair-counts.ts'
import { readGauge } from '../server/metrics.ts'

const MIB = 1024 * 1024

/** Memory budget for one kind of buffered response data of one agent. */
export type ByteBudget = {
  take(bytes: number): void
  give(bytes: number): void
  /**
   * Whether more bytes may be buffered. A response that buffers nothing does not need to check this, so every response makes progress
   * regardless of what others buffer.
   */
  readonly left: boolean
}

export type RoomLimits = {
  /** Maximum bytes for one agent. */
  readonly ofIdentity: number
  /** Maximum bytes for all agents. The last quarter is reserved for agents that hold little. */
  readonly ofAll: number
}

/** Counts the bytes buffered for each agent. An agent that reaches its limit slows down only its own responses. */
export class ByteRoom {
  readonly #counts: FairCounts<string>

  constructor(metric: { readonly registry: Registry; readonly name: string; readonly help: string }, { ofIdentity, ofAll }: RoomLimits) {
    const counts = new FairCounts<string>(ofIdentity, ofAll)
    this.#counts = counts
    readGauge(metric.registry, { name: metric.name, help: metric.help }, () => counts.total)
  }

  of(identity: string): ByteBudget {
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

/** Limits what endless responses hold back until it can be masked. The limit of a single response is in catch-up/delay-line.ts. */
export const createHeldRoom = (registry: Registry): ByteRoom =>
  new ByteRoom(
    {
      registry,
      name: 'jit_gateway_held_bytes',
      help: 'Bytes of watches, followed logs and streams that are held back until the current Secrets are known.',
    },
    { ofIdentity: 16 * MIB, ofAll: 64 * MIB },
  )

/** @param limits Optional. Defaults to 64 MiB for each agent and 192 MiB in total */
export const createReadAheadRoom = (registry: Registry, limits: RoomLimits = { ofIdentity: 64 * MIB, ofAll: 192 * MIB }): ByteRoom =>
  new ByteRoom(
    {
      registry,
      name: 'jit_gateway_read_ahead_bytes',
      help: 'Bytes of exec, attach and port-forward that were read from kube-apiserver and not yet relayed.',
    },
    limits,
  )
