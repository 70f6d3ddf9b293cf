import { LRUCache } from 'lru-cache'
import type { Json, StoredPage } from './port.ts'

/** Bytes of one resource that are kept as objects. Policies and suspensions are smaller, requests and grants are not kept. */
const MAX_BYTES = 512 * 1024

type Whole = Pick<StoredPage, 'entries' | 'sizes'>

/** So that a reader that changes what others read fails, instead of changing their decisions. */
function frozen(value: Json): void {
  if (typeof value !== 'object' || value === null) return
  Object.freeze(value)
  for (const each of Object.values(value)) frozen(each)
}

/**
 * The whole lists of small resources, as they are now. Each creation of a request reads all policies several times. The one writer of the store names
 * the resources of a commit before anybody learns of it, so that a list is never older than the store. Readers share the objects.
 */
export type ListCache = {
  get(resource: string): Whole | undefined
  /** Returns the page, and keeps it if it is small. */
  keep(resource: string, page: StoredPage): StoredPage
  changed(resource: string): void
  clear(): void
}

export function createListCache(): ListCache {
  const kept = new Map<string, Whole>()
  return {
    get: (resource) => kept.get(resource),
    keep: (resource, page) => {
      const { entries, sizes } = page
      if (sizes.reduce((sum, each) => sum + each, 0) > MAX_BYTES) return page
      for (const { value } of entries) frozen(value)
      kept.set(resource, { entries, sizes })
      return page
    },
    changed: (resource) => void kept.delete(resource),
    clear: () => kept.clear(),
  }
}

/** Lists whose number of entries is known. */
const MAX_LISTS = 256

/**
 * How many entries a list has from a name on, at one version. It never changes, and each page of a list would count all that follow it. `of`: which list,
 * with its version.
 */
export type KnownCounts = { get(of: string, after: string): number | undefined; set(of: string, after: string, count: number): void }

const keyOf = (of: string, after: string): string => JSON.stringify([of, after])

export function createKnownCounts(): KnownCounts {
  const known = new LRUCache<string, number>({ max: MAX_LISTS })
  return {
    get: (of, after) => known.get(keyOf(of, after)),
    set: (of, after, count) => void known.set(keyOf(of, after), count),
  }
}
