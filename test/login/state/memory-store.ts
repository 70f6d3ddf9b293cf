import type { Clock } from '../../../domain/clock.ts'
import type { SealKeys } from '../../../login/state/seal-keys.ts'
import type { Item, StateStore } from '../../../login/state/store.ts'

export const clock: Clock = { nowMs: () => 1_000_000_000_000 }
const key = [{ id: 'k', key: new Uint8Array(32).fill(7) }] as const
export const keys: SealKeys = { state: key, cookies: key, tickets: key, forms: key, names: key }

/** A store of this process. */
export function memory(): { readonly store: StateStore; readonly items: Map<string, Item & { version: string }> } {
  const items = new Map<string, Item & { version: string }>()
  let writes = 0
  const put = (name: string, item: Item): string => {
    const version = String(++writes)
    items.set(name, { ...item, version })
    return version
  }
  const store: StateStore = {
    get: (name) => Promise.resolve(items.get(name)),
    create: (name, item) => Promise.resolve(items.has(name) ? undefined : put(name, item)),
    replace: (name, { version, ...item }) => Promise.resolve(items.get(name)?.version === version ? put(name, item) : undefined),
    remove: (name) => Promise.resolve(items.delete(name)),
  }
  return { store, items }
}
