import type { Identity } from '../../domain/identity.ts'
import type { Entry, Store } from '../storage/port.ts'
import type { Kind, Sight } from './kind.ts'
import { fromEntry } from './object.ts'

/** Sees every object. */
export const SEES_ALL: Sight = { extent: 'all', sees: () => true }

export const sightOf = (kind: Kind, user: Identity): Promise<Sight> => kind.sightOf?.(user) ?? Promise.resolve(SEES_ALL)

/** A store in which single objects that the caller may not see are not there: neither to read nor to change nor to delete. */
export function seenStore(store: Store, kind: Kind, sight: Sight): Store {
  if (sight === SEES_ALL) return store
  const seen = async (entry: Entry | undefined): Promise<Entry | undefined> =>
    entry !== undefined && (await sight.sees(fromEntry(entry))) ? entry : undefined
  return { ...store, get: async (resource, name) => (resource === kind.resource ? seen(await store.get(resource, name)) : store.get(resource, name)) }
}
