import type { UserClient } from './impersonate.ts'
import { pagesOf } from './list-pages.ts'

/** Objects of one page: a request can hold a plan of 300 KiB. */
const PAGE = 200

/** `isPartial`: more objects exist that were not read. */
export type Some<T> = { readonly items: readonly T[]; readonly isPartial: boolean }

type Kept<T, K> = {
  readonly most: number
  readonly fieldSelector?: string | undefined
  readonly keep: (object: T) => K | undefined
}

/**
 * Reads a list page by page and keeps of each object only what `keep` returns; undefined drops it.
 * @param most objects that are read; more would take longer than anybody waits
 * @throws StatusError
 */
export async function listSome<T, K>(client: UserClient, path: string, { most, fieldSelector, keep }: Kept<T, K>): Promise<Some<K>> {
  const items: K[] = []
  let read = 0
  for await (const page of pagesOf<T>(client, path, { limit: Math.min(PAGE, most), fieldSelector })) {
    // The page after the last one that counts is read only to know that there is one.
    if (read >= most) return { items, isPartial: page.length > 0 }
    read += page.length
    for (const object of page) {
      const kept = keep(object)
      if (kept !== undefined) items.push(kept)
    }
  }
  return { items, isPartial: false }
}

/** The whole objects of a list. @throws StatusError */
export const listWhole = <T>(client: UserClient, path: string, bounds: Omit<Kept<T, T>, 'keep'>): Promise<Some<T>> =>
  listSome<T, T>(client, path, { ...bounds, keep: (object) => object })
