import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../domain/api/access-request.ts'
import { GRANTS_PATH, REQUESTS_PATH, objectPath } from '../../domain/api/names.ts'
import { endedMs, phaseOf, withoutPlan, type PastRequest } from '../../domain/explain/past-request.ts'
import { fieldSelectorOf } from '../../domain/selectors/field-selector.ts'
import { createFirstOf } from './first-of.ts'
import type { UserClient } from './impersonate.ts'
import { orNothing } from './part-reading.ts'
import { pagesOf } from './list-pages.ts'

const WEEK_MS = 7 * 24 * 3600 * 1000
/** Requests that are counted, the newest. */
const MAX = 200
/** Pages that are read: a person waits. */
const MAX_PAGES = 4
/** Requests whose grant is read. */
export const SHOWN = 5

/** What the requester asked in the last seven days, newest first. The first ones have their grants. `isPartial`: there may be more. */
export type AskedBefore = { readonly items: readonly PastRequest[]; readonly isPartial: boolean }

/** The requests of the same requester that were decided or expired, as far as the user sees them. @throws StatusError */
export async function readAskedBefore(client: UserClient, { metadata, spec }: AccessRequest, nowMs: number): Promise<AskedBefore> {
  const username = spec.requester?.username
  if (username === undefined) return { items: [], isPartial: false }
  const ended = (request: AccessRequest): number => endedMs(request, phaseOf(request, nowMs))
  const newest = createFirstOf<AccessRequest>(MAX, (one, other) => ended(other) - ended(one))
  const fieldSelector = fieldSelectorOf({ 'spec.requester.username': username })
  let pages = 0
  for await (const page of pagesOf<AccessRequest>(client, REQUESTS_PATH, { fieldSelector })) {
    const past = page.filter((request) => phaseOf(request, nowMs) !== 'Pending' && nowMs - ended(request) < WEEK_MS)
    newest.add(past.filter((request) => request.metadata.name !== metadata.name).map(withoutPlan))
    pages += 1
    if (pages === MAX_PAGES) break
  }
  const grantOf = async ({ status }: AccessRequest): Promise<AccessGrant | undefined> => {
    const name = status?.grantName
    if (name === undefined) return undefined
    return await orNothing(client.json<AccessGrant>({ method: 'GET', path: objectPath(GRANTS_PATH, name) }))
  }
  const items = newest.kept().map(async (request, index) => ({ request, grant: index < SHOWN ? await grantOf(request) : undefined }))
  return { items: await Promise.all(items), isPartial: pages === MAX_PAGES || newest.left() > 0 }
}
