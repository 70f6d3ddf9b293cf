/** Of a bound of all, the part that those get who hold little: identities that hold much cannot take it. */
const RESERVED = 1 / 4
/** What counts as little: this part of the bound of each. */
const LITTLE = 1 / 16

/**
 * Counts by key and in all, each with its bound. The last quarter is kept for keys that hold little, so that a few keys that take all they may
 * do not keep out others. It takes dozens of keys to fill all of it.
 */
export class FairCounts<Key> {
  readonly #each: number
  readonly #all: number
  readonly #byKey = new Map<Key, number>()
  total = 0

  constructor(each: number, all: number) {
    this.#each = each
    this.#all = all
  }

  /** Which bound one more, or some more, would break. */
  full(key: Key, more: number): 'own' | 'all' | undefined {
    const own = (this.#byKey.get(key) ?? 0) + more
    if (own > this.#each) return 'own'
    const all = this.total + more
    if (all > this.#all) return 'all'
    const isReserved = all > this.#all * (1 - RESERVED)
    return isReserved && own > Math.max(1, this.#each * LITTLE) ? 'all' : undefined
  }

  /** A number below zero leaves. */
  add(key: Key, more: number): void {
    this.total += more
    const own = (this.#byKey.get(key) ?? 0) + more
    if (own > 0) this.#byKey.set(key, own)
    else this.#byKey.delete(key)
  }
}
