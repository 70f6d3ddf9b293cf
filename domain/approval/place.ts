import { requestPhase, type AccessRequest } from '../api/access-request.ts'
import type { InboxPlace } from '../api/virtual/inbox.ts'
import type { Identity } from '../identity.ts'
import { wouldCount } from './approval.ts'

/**
 * Where a pending request belongs for a user. `mine`: it waits for their decision. `own`: they requested it, and may not decide it. `reviewed`: they
 * approved it, and it needs another approver. `others`: they may deny it, but their approval would not count, since other groups are missing.
 */
export type Place = 'mine' | 'own' | 'reviewed' | 'others'

/** The places as the API names them. */
export const INBOX_PLACES: Readonly<Record<Place, InboxPlace>> = { mine: 'Mine', own: 'Own', reviewed: 'Reviewed', others: 'Others' }

/** Compares usernames case-insensitively, as the server does when it prevents self-approval. */
export const sameName = (left: string | undefined, right: string): boolean => left?.toLowerCase() === right.toLowerCase()

/** The rule by which the server accepts an approval. When nothing is missing, or an older server does not say what is, every approver counts. */
function waitsFor({ status }: AccessRequest, self: Identity): boolean {
  const missing = status?.approvals?.missing ?? []
  return missing.length === 0 || wouldCount(missing, self)
}

const hasReviewed = ({ status }: AccessRequest, me: string): boolean =>
  (status?.reviews ?? []).some(({ reviewer, lapsed }) => lapsed !== true && sameName(reviewer.username, me))

export const isPending = ({ status }: AccessRequest, nowMs: number): boolean => requestPhase(status, nowMs) === 'Pending'

/** The place of a request. Undefined when it is not pending, and when the user is not known to be allowed to decide it. */
export async function placeOf(
  request: AccessRequest,
  self: Identity,
  { nowMs, mayCertify }: { readonly nowMs: number; readonly mayCertify: (request: AccessRequest) => Promise<boolean> },
): Promise<Place | undefined> {
  if (!isPending(request, nowMs)) return undefined
  if (sameName(request.spec.requester?.username, self.username)) return 'own'
  if (!(await mayCertify(request))) return undefined
  return hasReviewed(request, self.username) ? 'reviewed' : waitsFor(request, self) ? 'mine' : 'others'
}

/** Oldest first. */
export const byAge = (left: AccessRequest, right: AccessRequest): number =>
  (left.metadata.creationTimestamp ?? '').localeCompare(right.metadata.creationTimestamp ?? '') ||
  left.metadata.name.localeCompare(right.metadata.name)
