/** Share of the total limit that is reserved for keys with a low count, so that keys with a high count cannot use it. */
const RESERVED_SHARE = 1 / 4
/** A count is low up to this share of the limit for each key. */
const LOW_SHARE = 1 / 16

/**
 * Counts by key and in total, each with a limit. The last quarter of the total is reserved for keys with a low count, so that a few keys at their
 * limit do not exclude others. Only dozens of keys together can use up the total.
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

  /** The limit that `more` would exceed. */
  full(key: Key, more: number): 'own' | 'all' | undefined {
    const own = (this.#byKey.get(key) ?? 0) + more
    if (own > this.#each) return 'own'
    const all = this.total + more
    if (all > this.#all) return 'all'
    const isReserved = all > this.#all * (1 - RESERVED_SHARE)
    return isReserved && own > Math.max(1, this.#each * LOW_SHARE) ? 'all' : undefined
  }

  /** `more` may be negative. */
  add(key: Key, more: number): void {
    this.total += more
    const own = (this.#byKey.get(key) ?? 0) + more
    if (own > 0) this.#byKey.set(key, own)
    else this.#byKey.delete(key)
  }
}
