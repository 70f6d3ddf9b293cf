import type { UserClient } from './impersonate.ts'

type List<T> = { readonly items: readonly T[]; readonly metadata?: { readonly continue?: string } }
const PAGE = 500

/** `fieldSelector`: defaults to every object. `limit`: objects of one page, 500 by default. */
export type Selection = { readonly fieldSelector?: string | undefined; readonly limit?: number }

/** Every object of a list that the user can see, page by page. @throws StatusError */
export async function* pagesOf<T>(client: UserClient, path: string, { fieldSelector, limit = PAGE }: Selection = {}): AsyncGenerator<readonly T[]> {
  const selection = { limit: String(limit), ...(fieldSelector === undefined ? {} : { fieldSelector }) }
  let next = ''
  do {
    const query = { ...selection, ...(next === '' ? {} : { continue: next }) }
    const list = await client.json<List<T>>({ method: 'GET', path, query })
    yield list.items
    next = list.metadata?.continue ?? ''
  } while (next !== '')
}
