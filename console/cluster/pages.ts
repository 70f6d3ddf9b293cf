import { escapeFieldValue } from '../../domain/selectors/field-selector.ts'
import type { UserClient } from './impersonate.ts'

type List<T> = { readonly items: readonly T[]; readonly metadata?: { readonly continue?: string } }
const PAGE = 500

/** Fields that objects must have. Undefined ones are left out. */
export type Wanted = { readonly [field: string]: string | undefined }

const selectorOf = (wanted: Wanted): string =>
  Object.entries(wanted)
    .flatMap(([field, value]) => (value === undefined ? [] : [`${field}=${escapeFieldValue(value)}`]))
    .join(',')

/** Every object of a list that the user can see, page by page. `wanted`: optional, defaults to all. @throws StatusError */
export async function* pagesOf<T>(client: UserClient, path: string, wanted: Wanted = {}): AsyncGenerator<readonly T[]> {
  const fieldSelector = selectorOf(wanted)
  let next = ''
  do {
    const query = { limit: String(PAGE), ...(next === '' ? {} : { continue: next }), ...(fieldSelector === '' ? {} : { fieldSelector }) }
    const list = await client.json<List<T>>({ method: 'GET', path, query })
    yield list.items
    next = list.metadata?.continue ?? ''
  } while (next !== '')
}
