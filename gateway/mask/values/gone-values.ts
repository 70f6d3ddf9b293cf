/**
 * Values that were removed from their Secrets, which are still masked for a while. A user that may write Secrets decides how many there are
 * and how large, so each namespace has its own limit. What is over the limit is forgotten, the oldest first. When all of them together exceed
 * the total, the fullest namespace gives up its oldest.
 */

/** Estimated memory in bytes. A namespace that exceeds it rotates megabytes within the hour. */
const MAX_NAMESPACE_BYTES = 8 << 20
const MAX_TOTAL_BYTES = 64 << 20
/** Bytes that a value takes in addition to its text. */
const VALUE_OVERHEAD = 256

export type GoneValue = {
  readonly namespace: string
  readonly secret: string
  readonly key: string
  readonly base64: string
  /** When it was removed from its Secret. */
  readonly goneMs: number
}

type Namespace<Value> = { readonly values: Value[]; bytes: number }

export class GoneValues<Value extends GoneValue> {
  readonly #namespaces = new Map<string, Namespace<Value>>()
  #bytes = 0

  /** Keeps values of one namespace, oldest first. Returns the values that are no longer kept, which may be among these. */
  add(namespace: string, values: readonly Value[]): readonly Value[] {
    if (values.length === 0) return []
    const own = this.#namespaces.get(namespace) ?? { values: [], bytes: 0 }
    this.#namespaces.set(namespace, own)
    for (const value of values) own.values.push(value)
    const added = values.reduce((sum, value) => sum + bytesOf(value), 0)
    own.bytes += added
    this.#bytes += added
    const given = this.#giveUp(namespace, own, own.bytes - MAX_NAMESPACE_BYTES)
    while (this.#bytes > MAX_TOTAL_BYTES) given.push(...this.#giveUp(...this.#fullest(), this.#bytes - MAX_TOTAL_BYTES))
    return given
  }

  /** Removes the values that were removed from their Secrets before a time, and returns them. */
  takeUntil(ms: number): readonly Value[] {
    return [...this.#namespaces].flatMap(([name, own]) => {
      const first = own.values.findIndex(({ goneMs }) => goneMs > ms)
      return first === 0 ? [] : this.#take(name, own, first < 0 ? own.values.length : first)
    })
  }

  /** The last value that a key had before it was removed or changed. */
  find(namespace: string, secret: string, key: string): Value | undefined {
    return this.#namespaces.get(namespace)?.values.findLast((value) => value.secret === secret && value.key === key)
  }

  /** Gives up the oldest values of a namespace that take at least so many bytes. */
  #giveUp(name: string, own: Namespace<Value>, over: number): Value[] {
    let count = 0
    for (let left = over; left > 0 && count < own.values.length; count++) left -= bytesOf(own.values[count] as Value)
    return this.#take(name, own, count)
  }

  #take(name: string, own: Namespace<Value>, count: number): Value[] {
    const taken = own.values.splice(0, count)
    const bytes = taken.reduce((sum, value) => sum + bytesOf(value), 0)
    own.bytes -= bytes
    this.#bytes -= bytes
    if (own.values.length === 0) this.#namespaces.delete(name)
    return taken
  }

  #fullest(): [string, Namespace<Value>] {
    return [...this.#namespaces].reduce((fullest, each) => (each[1].bytes > fullest[1].bytes ? each : fullest))
  }
}

const bytesOf = ({ base64 }: GoneValue): number => base64.length + VALUE_OVERHEAD
