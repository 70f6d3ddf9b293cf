import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { requestsPath } from '../../kubectl/paths.ts'
import type { IO } from '../../terminal/io.ts'

type Page = { readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }; readonly items?: readonly AccessRequest[] }

/** Lists, page by page, the requests that the caller can see and `keep` accepts, and the version from which a watch can continue. */
export async function listRequests(
  { kubectl }: IO,
  keep: (request: AccessRequest) => boolean = () => true,
): Promise<{ readonly items: readonly AccessRequest[]; readonly resourceVersion: string }> {
  const items: AccessRequest[] = []
  for (let token = ''; ;) {
    const page: Page = await kubectl.get<Page>(requestsPath({ limit: '500', ...(token === '' ? {} : { continue: token }) }))
    items.push(...(page.items ?? []).filter(keep))
    token = page.metadata?.continue ?? ''
    if (token === '') return { items, resourceVersion: page.metadata?.resourceVersion ?? '' }
  }
}
