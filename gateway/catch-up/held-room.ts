import { Gauge, type Registry } from 'prom-client'

/** Bytes that the answers without end of one agent may hold back, and those of all. One answer: delay-line.ts. */
const MAX_OF_IDENTITY = 16 * 1024 * 1024
const MAX_OF_ALL = 64 * 1024 * 1024

/** The memory of one agent's answers without end. */
export type Room = {
  take(bytes: number): void
  give(bytes: number): void
  /** Whether more may be held back. An answer that holds nothing back need not ask, so that each goes on whatever others hold. */
  readonly left: boolean
}

/** Counts what is held back until it can be masked. An agent that fills its room slows its own answers down. */
export class HeldRoom {
  readonly #byIdentity = new Map<string, number>()
  #all = 0

  constructor(registry: Registry) {
    const read = (): number => this.#all
    void new Gauge({
      name: 'jit_gateway_held_bytes',
      help: 'Bytes of watches, followed logs and streams that wait until the Secrets of the moment are known.',
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
    const left = (): boolean => (this.#byIdentity.get(identity) ?? 0) < MAX_OF_IDENTITY && this.#all < MAX_OF_ALL
    return {
      take: (bytes) => count(bytes),
      give: (bytes) => count(-bytes),
      get left() {
        return left()
      },
    }
  }
}
