import { LRUCache } from 'lru-cache'

/**
 * A cache in which each entry has an owner, for example the user that caused it. Each owner has its own bound: an owner that adds many entries evicts
 * only its own, the least recently set first. Only authenticated users may be owners: with more owners than the bound, the least recently used owner
 * loses its entries. An absent entry means "unknown", so callers must not depend on an entry to refuse something.
 */
export class OwnedCache<Value> {
  readonly #each: number
  /** The entries of an owner are a plain Map in the order of the last `set`, since an LRUCache reserves its full capacity for every owner. */
  readonly #byOwner: LRUCache<string, Map<string, Value>>

  /** @param bounds `owners`: maximum number of owners. `each`: maximum number of entries of one owner */
  constructor({ owners, each }: { readonly owners: number; readonly each: number }) {
    this.#each = each
    this.#byOwner = new LRUCache({ max: owners })
  }

  get(owner: string, key: string): Value | undefined {
    return this.#byOwner.get(owner)?.get(key)
  }

  set(owner: string, key: string, value: Value): void {
    const entries = this.#byOwner.get(owner) ?? new Map<string, Value>()
    entries.delete(key)
    entries.set(key, value)
    const [oldest] = entries.keys()
    if (entries.size > this.#each && oldest !== undefined) entries.delete(oldest)
    this.#byOwner.set(owner, entries)
  }

  delete(owner: string, key: string): void {
    const entries = this.#byOwner.get(owner)
    entries?.delete(key)
    if (entries?.size === 0) this.#byOwner.delete(owner)
  }

  /** The owners with their entries, least recently used owner first. */
  *owners(): Generator<readonly [owner: string, entries: ReadonlyMap<string, Value>]> {
    for (const owner of this.#byOwner.rkeys()) yield [owner, this.#byOwner.peek(owner) ?? new Map()]
  }
}
