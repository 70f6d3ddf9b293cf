import { StatusError } from '../domain/status-error.ts'
import type { KubeCall, KubeClient } from './client.ts'
import { BodyTooLarge } from './read-bounded.ts'

export type ListPage<T> = { readonly metadata: { readonly resourceVersion: string; readonly continue?: string }; readonly items: readonly T[] }

const MAX_ITEMS = 500

const isTooLarge = (error: unknown): boolean => error instanceof StatusError && error.cause instanceof BodyTooLarge

/**
 * Reads all pages of a list. A page over the size limit of the client is requested again with half as many objects, down to one, so that
 * large objects do not prevent reading the rest.
 * @throws StatusError
 */
export async function* listPages<T>(client: KubeClient, call: Omit<KubeCall, 'method'>): AsyncGenerator<ListPage<T>> {
  let limit = MAX_ITEMS
  for (let token: string | undefined = ''; token !== undefined;) {
    const query = { ...call.query, limit: String(limit), ...(token === '' ? {} : { continue: token }) }
    let page: ListPage<T>
    try {
      page = await client.json<ListPage<T>>({ ...call, method: 'GET', query })
    } catch (error) {
      if (!isTooLarge(error) || limit === 1) throw error
      limit = Math.ceil(limit / 2)
      continue
    }
    yield page
    token = page.metadata.continue === '' ? undefined : page.metadata.continue
  }
}

/** Returns all objects of a list. @throws StatusError */
export async function listAll<T>(client: KubeClient, call: Omit<KubeCall, 'method'>): Promise<readonly T[]> {
  const items: T[] = []
  for await (const page of listPages<T>(client, call)) items.push(...page.items)
  return items
}
