import { grantPhase, type AccessGrant } from '../api/access-grant.ts'
import { requestPhase, type AccessRequest, type RequestPhase } from '../api/access-request.ts'
import { conditionOf, holds } from '../api/conditions.ts'
import { formatUses, grantEnd } from '../format/grant-end.ts'
import { sameName } from '../approval/place.ts'

/** A request that was decided or expired, with its grant if it has one that the caller can see. */
export type PastRequest = { readonly request: AccessRequest; readonly grant: AccessGrant | undefined }
type Fated = { readonly request: Pick<AccessRequest, 'status'>; readonly grant: AccessGrant | undefined }

/** When a request was decided or expired; NaN for a time that cannot be parsed. The server keeps it for seven days after this time. */
export function endedMs({ metadata, status }: AccessRequest, phase: RequestPhase): number {
  const time = conditionOf(status?.conditions, phase)?.lastTransitionTime
  return Date.parse(time ?? (phase === 'Expired' ? status?.expiresAt : undefined) ?? metadata.creationTimestamp ?? '')
}

/** The rule of a policy that decided without a human. */
type ByRule = { readonly decidedBy?: { readonly rule?: string; readonly policy?: string } }

type Reviews = NonNullable<NonNullable<AccessRequest['status']>['reviews']>

/**
 * The reviews that made the decision. Who approved a request that another one denied, or that was withdrawn or expired before it had all approvals, did not
 * decide it.
 */
export function decidingReviews(status: AccessRequest['status']): Reviews {
  const { conditions, reviews = [] } = status ?? {}
  const type = (['Denied', 'Approved'] as const).find((each) => holds(conditions, each))
  return reviews.filter(({ decision, lapsed }) => decision === type && lapsed !== true)
}

/** Who decided: reviewers, or the rule of a policy. Empty when nobody did. */
export function decidersOf({ status }: AccessRequest): readonly string[] {
  const { rule, policy } = (status as ByRule | undefined)?.decidedBy ?? {}
  const names = decidingReviews(status).map(({ reviewer, passkey }) => (passkey === undefined ? reviewer.username : `${reviewer.username} (passkey)`))
  return rule === undefined ? names : [...names, `rule ${rule} of policy ${policy ?? '?'}`]
}

export const isDecidedBy = ({ status }: AccessRequest, username: string): boolean =>
  (status?.reviews ?? []).some(({ reviewer }) => sameName(reviewer.username, username))

/** The reason of the decision as its reviewer, the server, or a requester that withdrew, gave it. */
export function reasonOf({ status }: AccessRequest, phase: RequestPhase): string {
  const review = decidingReviews(status).findLast(({ message }) => message !== undefined && message !== '')
  return review?.message ?? conditionOf(status?.conditions, phase)?.message ?? ''
}

/** What became of the grant, with its uses. Empty for a request without a grant. */
export function grantFate({ request, grant }: Fated, nowMs: number): string {
  if (grant === undefined) return request.status?.grantName === undefined ? '' : 'not known'
  const end = grantEnd(grant, nowMs) ?? 'is live'
  // What ended because its uses are taken says how many they were.
  if (grantPhase(grant, nowMs) === 'Exhausted') return end
  const uses = grant.status?.uses ?? 0
  return `${end}, ${uses === 0 ? 'never used' : formatUses(uses)}`
}

export const phaseOf = ({ status }: AccessRequest, nowMs: number): RequestPhase => requestPhase(status, nowMs)

/** Longer than what a list shows of a path. */
const MAX_PATH = 1024

/** The request without its plan, which can have 300 KiB and which lists do not show, and with as much of its path as they show. */
export function withoutPlan(request: AccessRequest): AccessRequest {
  const { operation } = request.spec
  if (operation === undefined) return request
  const { diff: _diff, body: _body, targets: _targets, path, ...rest } = operation
  return { ...request, spec: { ...request.spec, operation: { ...rest, path: path.slice(0, MAX_PATH) } } }
}
