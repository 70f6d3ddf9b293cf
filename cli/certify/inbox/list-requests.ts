import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { pagesOf } from '../../kubectl/list-pages.ts'
import { requestsPath } from '../../kubectl/paths.ts'
import type { IO } from '../../terminal/io.ts'

/** Each page is a kubectl process. The server ends a page at 2 MiB, which is fewer requests than this. */
const PAGE = 2000

/** Lists, page by page, the requests that the caller can see and `keep` accepts, and the version from which a watch can continue. */
export async function listRequests(
  { kubectl }: IO,
  keep: (request: AccessRequest) => boolean = () => true,
): Promise<{ readonly items: readonly AccessRequest[]; readonly resourceVersion: string }> {
  const items: AccessRequest[] = []
  let resourceVersion = ''
  for await (const page of pagesOf<AccessRequest>(kubectl, requestsPath, { limit: PAGE })) {
    items.push(...page.items.filter(keep))
    ;({ resourceVersion } = page)
  }
  return { items, resourceVersion }
}
