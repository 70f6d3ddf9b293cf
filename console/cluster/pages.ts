import type { UserClient } from './impersonate.ts'

type List<T> = { readonly items: readonly T[]; readonly metadata?: { readonly continue?: string } }
const PAGE = 500

/** Every object of a list that the user can see, page by page. @throws StatusError */
export async function* pagesOf<T>(client: UserClient, path: string): AsyncGenerator<readonly T[]> {
  let next = ''
  do {
    const query = { limit: String(PAGE), ...(next === '' ? {} : { continue: next }) }
    const list = await client.json<List<T>>({ method: 'GET', path, query })
    yield list.items
    next = list.metadata?.continue ?? ''
  } while (next !== '')
}
