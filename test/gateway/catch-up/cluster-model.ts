import type { CatchUpOptions } from '../../../gateway/catch-up/catch-up.ts'
import type { Secret } from '../../../gateway/mask/values/secret-learner.ts'
import type { Change } from '../../../kube/informer.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The delay of each step. `watchMs` is within the time that the gateway waits. */
export type Delays = { readonly cacheMs: number; readonly watchMs: number; readonly answerMs: number; readonly learnMs: number }

type Written = { readonly revision: number; readonly value: string | undefined }

/**
 * A model of etcd, the watch cache of one kube-apiserver, its watch of Secrets, and the values that the gateway has learned. A write gets a
 * revision at once, then reaches the cache, the watch and the known values in order, with delays that the test sets. Writes of other objects
 * also increase the revision, but the watch does not see them.
 */
export class ClusterModel {
  readonly known = new Set<string>()
  readonly #time: VirtualTime
  readonly #listeners = new Set<(change: Change<Secret>) => void>()
  readonly #history: Written[] = []
  #etcd = 1
  #cache = 1
  #cachedAtMs = 0
  #toldAtMs = 0
  #told = 1
  #sent = 1
  #watch: number | undefined = 1
  #watches = 1
  /** Changes that the watch has delivered and that are not learned yet. */
  #pending: string[] = []
  delays: Delays = { cacheMs: 0, watchMs: 0, answerMs: 0, learnMs: 0 }
  /** kube-apiserver does not answer, and the watch delivers nothing. */
  away = false
  /** Values cannot be learned. */
  failing = false
  probes = 0

  constructor(time: VirtualTime) {
    this.#time = time
  }

  get etcd(): number {
    return this.#etcd
  }

  /** Writes a Secret with this value, or another object if there is no value. */
  write(value?: string): void {
    this.#etcd += 1
    const written = { revision: this.#etcd, value }
    this.#history.push(written)
    this.#cachedAtMs = Math.max(this.#cachedAtMs, this.#time.nowMs() + this.delays.cacheMs)
    this.#time.at(this.#cachedAtMs, () => {
      this.#cache = written.revision
      this.#dispatch()
    })
  }

  /** Breaks the watch. A new one resumes where it ended. */
  breakWatch(forMs: number): void {
    this.#watch = undefined
    this.#time.at(this.#time.nowMs() + forMs, () => {
      this.#watches += 1
      this.#watch = this.#watches
      this.#sent = this.#told
      this.#dispatch()
    })
  }

  bookmark(): void {
    const { revision } = this.#history.findLast((each) => each.revision <= this.#cache) ?? { revision: 1 }
    this.#deliver({ revision, value: undefined }, true)
  }

  #dispatch(): void {
    if (this.#watch === undefined) return
    for (const written of this.#history) {
      if (written.revision <= this.#sent || written.revision > this.#cache) continue
      this.#sent = written.revision
      if (written.value !== undefined) this.#deliver(written, false)
    }
  }

  #deliver(written: Written, bookmark: boolean): void {
    const watch = this.#watch
    if (watch === undefined) return
    this.#toldAtMs = Math.max(this.#toldAtMs, this.#time.nowMs() + this.delays.watchMs)
    this.#time.at(this.#toldAtMs, () => {
      if (this.#watch !== watch || written.revision < this.#told) return
      const { value } = written
      if (!bookmark && value !== undefined) {
        const object: Secret = { metadata: { name: value, namespace: 'shop', resourceVersion: String(written.revision) } }
        this.#pending.push(value)
        for (const listener of this.#listeners) listener({ type: 'ADDED', object })
      }
      this.#told = written.revision
    })
  }

  async #learn(): Promise<void> {
    const values = this.#pending
    await this.#time.pause(this.delays.learnMs)
    if (this.failing) throw new Error('the values cannot be built')
    for (const value of values) this.known.add(value)
  }

  options(): CatchUpOptions {
    return {
      timing: this.#time,
      secrets: {
        revision: () => BigInt(this.#told),
        watchNumber: () => this.#watch,
        subscribe: (listener) => (this.#listeners.add(listener), () => {}),
      },
      learned: () => this.#learn(),
      latestRevision: async () => {
        this.probes += 1
        if (this.away) {
          await this.#time.pause(50)
          throw new Error('no answer')
        }
        const revision = this.#etcd
        await this.#time.pause(this.delays.answerMs)
        while (this.#cache < revision) await this.#time.pause(5)
        return BigInt(this.#cache)
      },
    }
  }
}
