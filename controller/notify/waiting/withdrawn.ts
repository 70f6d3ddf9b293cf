import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import type { Clock } from '../../../domain/clock.ts'
import { accountOf } from '../../../domain/identity.ts'

/** How long to try to tell channels. */
const KEPT_MS = 10 * 60_000
const MAX_KEPT = 1000
/** Of one requester, so that one who files and deletes requests leaves places for others. */
const MAX_OF_ONE = 50

/** Requests that were deleted while they waited, which withdraws them. Only this process knows them, so a restart leaves their last message as it is. */
export type WithdrawnRequests = {
  /** Returns whether the request is kept: it waited, and its deletion is news. */
  add(request: AccessRequest): boolean
  list(): readonly AccessRequest[]
}

const requesterOf = ({ spec }: AccessRequest): string => accountOf((spec.requester?.username ?? '').toLowerCase())

/** @param forgotten called with a request that is not kept any longer */
export function createWithdrawnRequests(clock: Clock, forgotten: (request: AccessRequest) => void): WithdrawnRequests {
  const kept = new Map<string, { readonly request: AccessRequest; readonly atMs: number }>()
  const forget = (key: string): void => {
    const found = kept.get(key)
    if (found !== undefined) forgotten(found.request)
    kept.delete(key)
  }
  const hasPlace = (request: AccessRequest): boolean =>
    kept.size < MAX_KEPT && [...kept.values()].filter((each) => requesterOf(each.request) === requesterOf(request)).length < MAX_OF_ONE
  return {
    add: (request) => {
      const atMs = clock.nowMs()
      if (requestPhase(request.status, atMs) !== 'Pending' || !hasPlace(request)) return false
      const time = new Date(atMs).toISOString()
      const withdrawal = { type: 'Withdrawn', status: 'True' as const, message: 'The request was deleted.', lastTransitionTime: time }
      const conditions = [...(request.status?.conditions ?? []), withdrawal]
      kept.set(request.metadata.uid ?? request.metadata.name, { request: { ...request, status: { ...request.status, conditions } }, atMs })
      return true
    },
    list: () => {
      for (const [key, { atMs }] of kept) if (clock.nowMs() - atMs > KEPT_MS) forget(key)
      return [...kept.values()].map(({ request }) => request)
    },
  }
}
