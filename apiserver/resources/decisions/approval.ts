import { timestamp } from '../../../domain/api/object-meta.ts'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { requestPhase, type AccessRequest, type AccessRequestStatus } from '../../../domain/api/access-request.ts'
import { wouldCount, type Progress } from '../../../domain/approval/approval.ts'
import { formatMissing } from '../../../domain/api/approvals/approvals.ts'
import { type Identity, sameUser } from '../../../domain/identity.ts'
import type { User } from '../../../domain/api/rules.ts'
import type { Clock } from '../../../domain/clock.ts'
import { invalid, StatusError, type StatusCause } from '../../../domain/status-error.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import type { Store, Write } from '../../storage/port.ts'
import { certifies, mayCertify, type Certified } from './certify-rights.ts'
import { decisionIn, type DecisionCondition } from './decision-condition.ts'
import { grantFor } from './grant-for.ts'
import { askingOf, unusableParts, type UnusableDependencies } from '../grantable/unusable.ts'
import { narrowedIn } from './narrowing.ts'
import { needsPasskey } from '../../../domain/approval/passkey.ts'
import { signedApproval, type PasskeyDependencies } from '../passkeys/signed-approval.ts'
import { checkKeysStand, checkReviewCount, stillCounting } from './still-counting.ts'
import { consentOf, consentProgress, riskNow, type Reviews } from '../requests/consent.ts'
import { grantProblems, stillGoverning, type Governing } from '../requests/request-policy.ts'
import { extend, type Extended } from '../extensions/approved.ts'
import { stampRequester } from '../requests/requester.ts'
import { refuseSuspended } from './suspended.ts'
import { approvesCutPlan } from '../requests/unseen.ts'
import { refuseApproval } from '../windows/refuse-closed.ts'

export type ReviewDependencies = UnusableDependencies &
  PasskeyDependencies & {
    readonly store: Store
    /** Time at which a grant is extended. Optional. Defaults to the time at which the request arrived. */
    readonly clock?: Clock
  }
export type DecisionReview = { readonly next: AccessRequest; readonly old: AccessRequest; readonly context: RequestContext }
/** `used`: the write of the key that the approval was signed with. */
export type Reviewed = {
  readonly request: AccessRequest
  readonly grant?: AccessGrant
  readonly extended?: Extended
  readonly used?: readonly Write[]
}

const refuse = (name: string, message: string): StatusError =>
  new StatusError('Forbidden', `accessrequests.jit.access "${name}" is forbidden: ${message}`, {
    details: { name, group: 'jit.access', kind: 'accessrequests' },
  })

/** Only a pending request can be decided. An expired one must be created again. One that is deleted in the foreground is recorded as withdrawn. */
function checkPending({ metadata: { name, deletionTimestamp }, status }: AccessRequest, nowMs: number): void {
  const phase = requestPhase(status, nowMs)
  if (phase === 'Pending' && deletionTimestamp === undefined) return
  const is = phase === 'Pending' ? 'being deleted' : phase.toLowerCase()
  throw new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on accessrequests.jit.access "${name}": it is ${is} and can no longer be decided; create a new request`,
    {
      details: {
        name,
        group: 'jit.access',
        kind: 'accessrequests',
        ...(phase === 'Pending' ? {} : { causes: [{ reason: phase, message: `the request is ${is}` }] }),
      },
    },
  )
}

const certified = ({ metadata, spec }: AccessRequest, policy: string): Certified => ({
  name: metadata.name,
  policy,
  rules: spec.rules ?? [],
  reveal: spec.reveal ?? [],
})

/** The reviewer must not be the requester and must not have reviewed the request before, unless that approval lapsed. */
function checkReviewer({ old, context: { user } }: DecisionReview, requester: User): void {
  const { name } = old.metadata
  if (sameUser(user, requester)) throw refuse(name, 'nobody may decide on a request of their own')
  if (old.status?.reviews?.some(({ reviewer, lapsed }) => lapsed !== true && sameUser(user, reviewer)) === true)
    throw refuse(name, 'you have already reviewed it; another approver is needed')
}

/** Approving requires `certify` under every policy that governs the requester. Otherwise the agent could choose whose approvers decide. */
async function checkApprover({ old, context: { user } }: DecisionReview, { all }: Governing, { authorizer }: ReviewDependencies): Promise<void> {
  for (const { metadata } of all) await mayCertify(authorizer, user, certified(old, metadata.name))
}

/** Denying requires `certify` under only one of these policies, or under the policy of the request, even if that policy was deleted. */
async function checkDenier(
  old: AccessRequest,
  user: Identity,
  { policy, deps: { authorizer } }: { readonly policy: string; readonly deps: ReviewDependencies },
): Promise<void> {
  for (const other of old.status?.policies ?? []) if (await certifies(authorizer, user, certified(old, other))) return
  await mayCertify(authorizer, user, certified(old, policy))
}

/**
 * Checks that a user may decide a request in some way: as its requester, or with `certify` under one of its policies. For before the change that the
 * client sent is read: its errors compare it with the request, and quote it. {@link reviewRequest} checks the rest. @throws StatusError Forbidden
 */
export async function checkDecider(old: AccessRequest, { user }: RequestContext, deps: ReviewDependencies): Promise<void> {
  const { requester, policy = '' } = old.spec
  if (requester !== undefined && sameUser(user, requester)) return
  await checkDenier(old, user, { policy, deps })
}

/** @throws StatusError Invalid for the approval of a truncated plan without `status.unseen` */
function reviewOf(
  decision: DecisionCondition & { readonly type: 'Approved' | 'Denied' },
  { next, old, context: { user } }: DecisionReview,
  time: string,
): Reviews[number] {
  const { type, reason, message } = decision
  const unseen = type === 'Approved' && approvesCutPlan(next, old)
  return {
    reviewer: stampRequester(user),
    decision: type,
    time,
    ...(unseen ? { unseen } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  }
}

/** @throws StatusError Forbidden when the approval of this user would not count for anything that is missing */
function checkCounts(name: string, user: Identity, { missing }: Progress): void {
  if (missing.length === 0 || wouldCount(missing, user)) return
  throw new StatusError(
    'Forbidden',
    `accessrequests.jit.access "${name}" is forbidden: your approval would not count, since it still misses ${formatMissing(missing)}, and you belong to none of these groups, or count for another one already`,
    {
      details: {
        name,
        group: 'jit.access',
        kind: 'accessrequests',
        causes: [{ reason: 'ApprovalNotNeeded', message: formatMissing(missing), field: 'status.approvals.missing' }],
      },
    },
  )
}

/** @throws StatusError Invalid unless there are none */
function checkProblems({ metadata: { name } }: AccessRequest, problems: readonly StatusCause[]): void {
  if (problems.length > 0) throw invalid('AccessRequest', name, problems)
}

const extendedStatus = ({ grant, expiresAt }: Extended): Pick<AccessRequestStatus, 'grantName' | 'extension'> => ({
  grantName: grant.metadata.name,
  extension: { grantUID: grant.metadata.uid ?? '', expiresAt },
})

/** Adds an approval. When none is missing under the policies in force, the request becomes Approved and gets its grant, or its grant is extended; otherwise it stays pending. */
async function approve(
  { next, old, context }: DecisionReview,
  { status, review }: { readonly status: AccessRequestStatus; readonly review: Reviews[number] },
  { governing, deps }: { readonly governing: Governing; readonly deps: ReviewDependencies },
): Promise<Reviewed> {
  const { all } = governing
  const narrowed = narrowedIn(next, old)
  const left: AccessRequest = { ...old, spec: { ...old.spec, ...narrowed } }
  checkProblems(old, grantProblems(all, left, context.nowMs))
  checkProblems(old, await unusableParts(askingOf(old, governing, narrowed), deps))
  const risk = riskNow(old, all)
  const before = await stillCounting(old, all, { ...deps, passkey: needsPasskey(all, risk) })
  checkCounts(old.metadata.name, context.user, consentProgress(all, risk, before))
  // Last of the checks: what it refuses for a copied key revokes that key.
  const signed = await signedApproval({ next, old, context }, { policies: all, risk }, deps)
  const used = signed === undefined ? {} : { used: [signed.write] }
  const reviews = [...before, signed === undefined ? review : { ...review, passkey: signed.used }]
  const kept = { reviews, ...(narrowed === undefined ? {} : { narrowed }), ...consentOf(all, old, { risk, reviews }) }
  // Read last, so that little time passes until it is written.
  const nowMs = Math.max(context.nowMs, deps.clock?.nowMs() ?? 0)
  const extended = old.spec.extends === undefined ? undefined : await extend(old, { policies: all, narrowed, nowMs }, deps.store)
  await checkKeysStand(old, before, deps.store)
  if (kept.approvals.missing !== undefined) return { request: { ...old, status: { ...old.status, ...kept } }, ...used }
  if (extended !== undefined) return { request: { ...old, status: { ...status, ...kept, ...extendedStatus(extended) } }, extended, ...used }
  const grant = grantFor(old, narrowed, { nowMs: context.nowMs, policies: all })
  return { request: { ...old, status: { ...status, ...kept, grantName: grant.metadata.name } }, grant, ...used }
}

/**
 * A decision on `accessrequests/NAME/approval`. The caller's permission to `update` the subresource has been checked already. This function
 * checks, without a cache, that the caller may certify under every policy of the requester in every namespace that the request covers, and that
 * users do not decide their own requests, and that the earlier approvers still may. With all approvals the request becomes Approved and its grant is
 * created in one commit.
 */
export async function reviewRequest(review: DecisionReview, deps: ReviewDependencies): Promise<Reviewed> {
  const { old, context } = review
  const { user, nowMs } = context
  // First, since a patch that was made for the pending request means nothing for one that was decided meanwhile.
  checkPending(old, nowMs)
  const { type, ...said } = decisionIn(review.next, old)
  const { requester, policy } = old.spec
  if (requester === undefined || policy === undefined) throw refuse(old.metadata.name, 'it has no requester')
  const time = timestamp(nowMs)
  const conditions = [...(old.status?.conditions ?? []), { ...said, type, lastUpdateTime: time, lastTransitionTime: time }]
  if (type === 'Withdrawn') {
    if (!sameUser(user, requester)) throw refuse(old.metadata.name, 'only its requester may withdraw it')
    return { request: { ...old, status: { ...old.status, conditions } } }
  }
  checkReviewer(review, requester)
  const made = reviewOf({ ...said, type }, review, time)
  const status = { ...old.status, conditions }
  if (type === 'Denied') {
    await checkDenier(old, user, { policy, deps })
    return { request: { ...old, status: { ...status, reviews: [...(old.status?.reviews ?? []), made] } } }
  }
  checkReviewCount(old)
  const { cluster } = old.spec
  await refuseSuspended(deps, requester, { reason: 'Forbidden', kind: 'accessrequests', name: old.metadata.name, act: 'approved', cluster })
  const governing = await stillGoverning(deps, old)
  await checkApprover(review, governing, deps)
  refuseApproval(governing.all, old, nowMs)
  return await approve(review, { status, review: made }, { governing, deps })
}
