import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { pagesOf } from '../../kubectl/list-pages.ts'
import { requestsPath } from '../../kubectl/paths.ts'
import type { IO } from '../../terminal/io.ts'

/** Lists, page by page, the requests that the caller can see and `keep` accepts, and the version from which a watch can continue. */
export async function listRequests(
  { kubectl }: IO,
  keep: (request: AccessRequest) => boolean = () => true,
): Promise<{ readonly items: readonly AccessRequest[]; readonly resourceVersion: string }> {
  const items: AccessRequest[] = []
  let resourceVersion = ''
  for await (const page of pagesOf<AccessRequest>(kubectl, requestsPath)) {
    items.push(...page.items.filter(keep))
    ;({ resourceVersion } = page)
  }
  return { items, resourceVersion }
}
