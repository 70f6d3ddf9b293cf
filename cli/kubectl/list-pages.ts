import type { Kubectl } from './kubectl.ts'

/** The path of a list with a query. */
export type PathWith = (query: { readonly [name: string]: string }) => string

export type ListSelection = {
  /** Optional. Defaults to every object that the caller can see. */
  readonly fieldSelector?: string | undefined
  /** Objects of one page. Optional. Defaults to 500. */
  readonly limit?: number
}

export type PageOfList<T> = { readonly resourceVersion: string; readonly items: readonly T[]; readonly isLast: boolean }

type Answer<T> = { readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }; readonly items?: readonly T[] }

const queryOf = ({ fieldSelector, limit = 500 }: ListSelection): { readonly [name: string]: string } => ({
  limit: String(limit),
  ...(fieldSelector === undefined ? {} : { fieldSelector }),
})

/** Reads a list page by page, so that only one page is in memory. @throws KubectlError */
export async function* pagesOf<T>(kubectl: Kubectl, pathWith: PathWith, selection: ListSelection = {}): AsyncGenerator<PageOfList<T>> {
  const query = queryOf(selection)
  let token: string | undefined
  do {
    const { items = [], metadata = {} }: Answer<T> = await kubectl.get<Answer<T>>(
      pathWith(token === undefined ? query : { ...query, continue: token }),
    )
    token = metadata.continue
    const isLast = token === undefined || token === ''
    yield { items, resourceVersion: metadata.resourceVersion ?? '', isLast }
  } while (token !== undefined && token !== '')
}
