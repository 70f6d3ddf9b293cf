import type { Identity } from '../../../domain/identity.ts'
import type { StoredEntry, Store } from '../../storage/port.ts'
import type { Kind, Visibility } from '../kind.ts'
import { fromEntry } from '../object.ts'

/** Sees every object. */
export const SEES_ALL: Visibility = { extent: 'all', sees: () => true }

export const visibilityOf = (kind: Kind, user: Identity): Promise<Visibility> => kind.visibilityOf?.(user) ?? Promise.resolve(SEES_ALL)

/**
 * A store whose `get` hides objects of the kind that the caller may not see, and so hides them from single reads, changes and deletions.
 * Does not filter `list` and `watch`.
 */
export function visibleStore(store: Store, kind: Kind, visibility: Visibility): Store {
  if (visibility === SEES_ALL) return store
  const seen = async (entry: StoredEntry | undefined): Promise<StoredEntry | undefined> =>
    entry !== undefined && (await visibility.sees(fromEntry(entry))) ? entry : undefined
  return { ...store, get: async (resource, name) => (resource === kind.resource ? seen(await store.get(resource, name)) : store.get(resource, name)) }
}
