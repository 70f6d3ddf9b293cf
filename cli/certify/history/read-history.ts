import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { fieldSelectorOf } from '../../../domain/selectors/field-selector.ts'
import { pagesOf } from '../../kubectl/list-pages.ts'
import { grantsPath, requestsPath } from '../../kubectl/paths.ts'
import type { IO } from '../../terminal/io.ts'
import { endedMs, isDecidedBy, phaseOf, withoutPlan, type PastRequest } from '../../../domain/explain/past-request.ts'

export type HistoryQuery = {
  readonly requester?: string | undefined
  readonly policy?: string | undefined
  /** Only requests that this user reviewed. */
  readonly decidedBy?: string | undefined
  /** Only requests that ended at this time or later. */
  readonly sinceMs: number
  /** Number of requests to keep, the newest. */
  readonly max: number
  /** Number of pages to read, where nobody should wait for all of them. Optional. Defaults to all. */
  readonly maxPages?: number
}

/**
 * `left`: how many older requests of the query were left out. `isPartial`: not all pages were read, so newer ones may be missing, too. `grantsUnread`: why
 * grants are not known.
 */
export type HistoryResult = {
  readonly items: readonly PastRequest[]
  readonly left: number
  readonly isPartial: boolean
  readonly grantsUnread: string | undefined
}

const PAGE = 200

/** Keeps the newest requests, at most twice `max` at any time. */
function createNewest(max: number): { add(request: AccessRequest, ended: number): void; done(): readonly AccessRequest[]; left(): number } {
  let kept: { readonly request: AccessRequest; readonly ended: number }[] = []
  let left = 0
  const trim = (): void => {
    kept.sort((one, other) => other.ended - one.ended || one.request.metadata.name.localeCompare(other.request.metadata.name))
    left += Math.max(0, kept.length - max)
    kept = kept.slice(0, max)
  }
  return {
    add: (request, ended) => {
      kept.push({ request: withoutPlan(request), ended })
      if (kept.length >= 2 * max) trim()
    },
    done: () => {
      trim()
      return kept.map(({ request }) => request)
    },
    left: () => left,
  }
}

type Grants = { readonly byName: ReadonlyMap<string, AccessGrant>; readonly unread: string | undefined }

async function grantsOf(io: IO, requests: readonly AccessRequest[], { requester, policy }: HistoryQuery): Promise<Grants> {
  const wanted = new Set(requests.map(({ status }) => status?.grantName).filter((name) => name !== undefined))
  const byName = new Map<string, AccessGrant>()
  if (wanted.size === 0) return { byName, unread: undefined }
  const fieldSelector = fieldSelectorOf({ 'spec.subject.username': requester, 'spec.policy': policy })
  try {
    for await (const { items } of pagesOf<AccessGrant>(io.kubectl, grantsPath, { limit: PAGE, fieldSelector }))
      for (const grant of items) if (wanted.has(grant.metadata.name)) byName.set(grant.metadata.name, grant)
    return { byName, unread: undefined }
  } catch (error) {
    if (!(error instanceof KubectlError)) throw error
    return { byName, unread: error.message }
  }
}

/** The requests that were decided or expired and that the caller can see, newest first. @throws KubectlError when requests cannot be listed */
export async function readHistory(io: IO, query: HistoryQuery): Promise<HistoryResult> {
  const { requester, policy, decidedBy, sinceMs, max, maxPages = Number.POSITIVE_INFINITY } = query
  const nowMs = io.clock.nowMs()
  const newest = createNewest(max)
  const add = (request: AccessRequest): void => {
    const phase = phaseOf(request, nowMs)
    if (phase === 'Pending' || (decidedBy !== undefined && !isDecidedBy(request, decidedBy))) return
    const ended = endedMs(request, phase)
    if (ended >= sinceMs) newest.add(request, ended)
  }
  const fieldSelector = fieldSelectorOf({ 'spec.requester.username': requester, 'spec.policy': policy })
  let pages = 0
  let isPartial = false
  for await (const page of pagesOf<AccessRequest>(io.kubectl, requestsPath, { limit: PAGE, fieldSelector })) {
    page.items.forEach(add)
    pages += 1
    isPartial = pages >= maxPages && !page.isLast
    if (isPartial) break
  }
  const requests = newest.done()
  const { byName, unread } = await grantsOf(io, requests, query)
  const items = requests.map((request) => ({ request, grant: byName.get(request.status?.grantName ?? '') }))
  return { items, left: newest.left(), isPartial, grantsUnread: unread }
}
