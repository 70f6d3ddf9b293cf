import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../../../domain/clock.ts'
import type { KnownValues, Learned } from '../../../domain/mask/masker.ts'
import type { Change } from '../../../kube/informer.ts'
import { LEARNING, WorkAllowance } from '../allowance.ts'
import { GoneValues } from './gone-values.ts'

export type Secret = {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string }
  readonly data?: { readonly [key: string]: string }
  readonly immutable?: boolean
}

/** A rotated or deleted value is still masked for this long, since it remains in logs and copies. */
const RETIRED_MS = 3600 * 1000
/** How long to learn before the event loop may serve requests. */
const SLICE_MS = 4

type Value = {
  readonly namespace: string
  readonly secret: string
  readonly key: string
  /** The value as in the Secret, in base64. */
  readonly base64: string
  /** The sequence number of the change that added it. */
  readonly sequence: number
  learned?: Learned
  /** When it was removed from its Secret. */
  goneMs?: number
  /** It is removed from its Secret and no longer kept: there is no room for it. */
  forgotten?: true
}
type Gone = Value & { readonly goneMs: number }

/** Values of one namespace that wait to be learned, in order of arrival. */
type Queue = { values: Value[]; steps: Generator<void, Learned> | undefined }
type Waiter = { readonly sequence: number; readonly done: () => void }

export type SecretLearnerOptions = {
  readonly known: KnownValues
  readonly clock: Clock
  /** Called when a value could not be learned, which is then masked only in its Secret, or could not be forgotten. */
  readonly onFailed: (error: unknown) => void
  /** How long a namespace may take before `startAllowance` is called. Optional. Defaults to 30 seconds. */
  readonly startupMs?: number
}

/**
 * Keeps the known values in sync with the Secrets. New values are learned in slices of a few milliseconds, and namespaces take turns. A
 * namespace whose Secrets change so often that learning them would delay others is learned more slowly, and no request waits for it.
 */
export class SecretLearner {
  readonly #options: SecretLearnerOptions
  /** The current value of each key of each Secret. */
  readonly #live = new Map<string, Value>()
  readonly #gone = new GoneValues<Gone>()
  /** The keys that each Secret had after its last change. */
  readonly #keys = new Map<string, readonly string[]>()
  readonly #queues = new Map<string, Queue>()
  readonly #allowance: WorkAllowance
  /** What is no longer kept, and the steps of the first of them. */
  readonly #forgotten: Learned[] = []
  #forgetting: Generator<void> | undefined
  #waiters: Waiter[] = []
  #sequence = 0
  #running = false

  constructor(options: SecretLearnerOptions) {
    this.#options = options
    this.#allowance = new WorkAllowance(options.clock, options.startupMs === undefined ? LEARNING : { ...LEARNING, startupMs: options.startupMs })
  }

  /** Applies a change of a Secret. */
  change({ type, object }: Change<Secret>): void {
    this.#forgetOld()
    const { name, namespace = '' } = object.metadata
    const data = type === 'DELETED' ? {} : (object.data ?? {})
    const sequence = ++this.#sequence
    const prefix = `${namespace}/${name}/`
    const gone: Gone[] = []
    for (const key of this.#keysOf(prefix, data)) {
      const before = this.#live.get(prefix + key)
      const base64 = Object.hasOwn(data, key) ? data[key] : undefined
      if (before?.base64 === base64) continue
      if (before !== undefined) gone.push(this.#retire(prefix + key, before))
      if (base64 === undefined) continue
      const value: Value = { namespace, secret: name, key, base64, sequence }
      this.#live.set(prefix + key, value)
      this.#enqueue(value)
    }
    this.#rememberKeys(prefix, data)
    this.#forget(this.#gone.add(namespace, gone))
  }

  /** Resolves when all changes before the call are learned, except those of namespaces without allowance. Does not wait for later changes. */
  learned(): Promise<void> {
    const sequence = this.#sequence
    if (this.#isLearned(sequence)) return Promise.resolve()
    return new Promise((done) => this.#waiters.push({ sequence, done }))
  }

  /** Starts to limit the time that learning may take for each namespace. Until then the limit is that of a start. */
  startAllowance(): void {
    this.#allowance.start()
  }

  /** The number of namespaces that change faster than they are learned. */
  get late(): number {
    let count = 0
    for (const namespace of this.#queues.keys()) if (this.#allowance.isSpent(namespace)) count++
    return count
  }

  /** The last value that a key had before it was removed or changed. */
  lookup(namespace: string, secret: string, key: string): Buffer | undefined {
    const gone = this.#gone.find(namespace, secret, key)
    return gone === undefined ? undefined : Buffer.from(gone.base64, 'base64')
  }

  #keysOf(prefix: string, data: NonNullable<Secret['data']>): ReadonlySet<string> {
    return new Set([...(this.#keys.get(prefix) ?? []), ...Object.keys(data)])
  }

  #rememberKeys(prefix: string, data: NonNullable<Secret['data']>): void {
    const keys = Object.keys(data)
    if (keys.length > 0) this.#keys.set(prefix, keys)
    else this.#keys.delete(prefix)
  }

  #retire(id: string, value: Value): Gone {
    this.#live.delete(id)
    const gone = Object.assign(value, { goneMs: this.#options.clock.nowMs() })
    if (value.learned !== undefined) this.#forgetLater(this.#options.known.retire(value.learned))
    return gone
  }

  #forgetOld(): void {
    this.#forget(this.#gone.takeUntil(this.#options.clock.nowMs() - RETIRED_MS))
  }

  /** The values are soon not masked any more. Those that wait to be learned are left out, except one that is being learned. */
  #forget(values: readonly Value[]): void {
    const waiting = new Set<string>()
    for (const value of values) {
      value.forgotten = true
      if (value.learned === undefined) waiting.add(value.namespace)
      else this.#forgetLater([value.learned])
    }
    for (const namespace of waiting) {
      const queue = this.#queues.get(namespace)
      if (queue === undefined) continue
      const first = queue.steps === undefined ? [] : queue.values.slice(0, 1)
      queue.values = [...first, ...queue.values.slice(first.length).filter(({ forgotten }) => forgotten !== true)]
    }
  }

  #forgetLater(values: readonly Learned[]): void {
    this.#forgotten.push(...values)
    if (values.length > 0) this.#start()
  }

  #enqueue(value: Value): void {
    const queue = this.#queues.get(value.namespace)
    if (queue === undefined) this.#queues.set(value.namespace, { values: [value], steps: undefined })
    else queue.values.push(value)
    this.#start()
  }

  #start(): void {
    if (!this.#running) void this.#run()
  }

  async #run(): Promise<void> {
    this.#running = true
    // Waits one turn, since a list delivers many changes in a turn.
    await nextTurn()
    while (this.#queues.size > 0 || this.#forgotten.length > 0) {
      const forgot = this.#forgetSlice()
      const worked = this.#slice() || forgot
      this.#wake()
      await (worked ? nextTurn() : this.#allowance.some())
    }
    this.#running = false
  }

  /**
   * Forgets for at most a few milliseconds. It is not limited by the allowance of a namespace, since values that are kept take memory. Nobody can have more
   * forgotten than was learned. Returns whether there was anything to forget.
   */
  #forgetSlice(): boolean {
    const until = performance.now() + SLICE_MS
    const worked = this.#forgotten.length > 0
    for (let [first] = this.#forgotten; first !== undefined && performance.now() < until; [first] = this.#forgotten) {
      try {
        this.#forgetting ??= this.#options.known.forgetting(first)
        if (this.#forgetting.next().done !== true) continue
      } catch (error) {
        this.#options.onFailed(error)
      }
      this.#forgetting = undefined
      this.#forgotten.shift()
    }
    return worked
  }

  /** Learns for at most a few milliseconds. Returns whether there was anything to do. */
  #slice(): boolean {
    const until = performance.now() + SLICE_MS
    let worked = false
    // Iterates over a copy, since a namespace moves to the end after its turn.
    for (const [namespace, queue] of Array.from(this.#queues)) {
      if (this.#allowance.isSpent(namespace)) continue
      const started = performance.now()
      this.#step(namespace, queue)
      worked = true
      const now = performance.now()
      this.#allowance.spend(namespace, now - started)
      if (now >= until) return true
    }
    return worked
  }

  /** Runs one step for the first value of a namespace. Once that value is learned, the namespace moves behind the others. */
  #step(namespace: string, queue: Queue): void {
    const [value] = queue.values
    if (value === undefined) return void this.#queues.delete(namespace)
    try {
      queue.steps ??= this.#options.known.learn({ ...value, value: Buffer.from(value.base64, 'base64') })
      const { done, value: learned } = queue.steps.next()
      if (done !== true) return
      value.learned = learned
      if (value.goneMs !== undefined) this.#forgetLater(this.#options.known.retire(learned))
      if (value.forgotten === true) this.#forgetLater([learned])
    } catch (error) {
      this.#options.onFailed(error)
    }
    queue.steps = undefined
    queue.values.shift()
    this.#queues.delete(namespace)
    if (queue.values.length > 0) this.#queues.set(namespace, queue)
  }

  #isLearned(sequence: number): boolean {
    for (const [namespace, { values }] of this.#queues) {
      const [first] = values
      if (first !== undefined && first.sequence <= sequence && !this.#allowance.isSpent(namespace)) return false
    }
    return true
  }

  #wake(): void {
    if (this.#waiters.length === 0) return
    const waiting: Waiter[] = []
    for (const waiter of this.#waiters) {
      if (this.#isLearned(waiter.sequence)) waiter.done()
      else waiting.push(waiter)
    }
    this.#waiters = waiting
  }
}
