import type { AccessGrant } from '../../domain/access-grant.ts'
import { requestPhase, type AccessRequest, type AccessRequestStatus } from '../../domain/access-request.ts'
import { conditionOf, holds, type Condition } from '../../domain/conditions.ts'
import { rulesWithin } from '../../domain/grant/within.ts'
import { API_VERSION } from '../../domain/names.ts'
import { invalid, StatusError } from '../../domain/status-error.ts'
import type { Authorizer } from '../../kube/subject-access-review.ts'
import type { Context } from '../machinery/kind.ts'
import { newMetadata, timestamp } from '../machinery/metadata.ts'
import { fromEntry } from '../machinery/object.ts'
import { same } from '../machinery/same.ts'
import type { Store } from '../storage/port.ts'
import { mayCertify } from './certify.ts'
import { sameUser, stampRequester } from './requester.ts'
import { asPolicy } from './typed.ts'

export type ReviewDoors = { readonly store: Store; readonly authorizer: Authorizer }
type Review = { readonly next: AccessRequest; readonly old: AccessRequest; readonly context: Context }
type Decided = 'Approved' | 'Denied' | 'Withdrawn'

const refuse = (name: string, message: string): StatusError =>
  new StatusError('Forbidden', `accessrequests.jit.access "${name}" is forbidden: ${message}`, {
    details: { name, group: 'jit.access', kind: 'accessrequests' },
  })

/** The one decision that a client adds. Decisions that stand may neither change nor go. */
function decisionIn({ next, old }: Review): Condition & { readonly type: Decided } {
  const { name } = old.metadata
  const forbid = (message: string): StatusError =>
    invalid('AccessRequest', name, [{ reason: 'FieldValueForbidden', field: 'status.conditions', message: `Forbidden: ${message}` }])
  if (!same(next.spec, old.spec))
    throw invalid('AccessRequest', name, [{ reason: 'FieldValueInvalid', field: 'spec', message: 'Invalid value: field is immutable' }])
  const [before, after] = [old.status?.conditions ?? [], next.status?.conditions ?? []]
  for (const condition of before) {
    const kept = conditionOf(after, condition.type)
    if (kept === undefined || kept.status !== condition.status) throw forbid(`condition ${condition.type} may not be removed or changed`)
  }
  const added = after.filter(({ type }) => conditionOf(before, type) === undefined)
  const [decision] = added
  if (added.length !== 1 || decision === undefined) throw forbid('add exactly one condition: Approved, Denied or Withdrawn')
  const { type, status } = decision
  if (type !== 'Approved' && type !== 'Denied' && type !== 'Withdrawn') throw forbid(`condition ${type} is none of Approved, Denied, Withdrawn`)
  if (status !== 'True') throw forbid(`condition ${type} must have status True`)
  return { ...decision, type }
}

/** Only an undecided request can be decided: what has expired must be asked for again. */
function checkPending(old: AccessRequest, nowMs: number): void {
  const phase = requestPhase(old.status, nowMs)
  if (phase === 'Pending') return
  throw new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on accessrequests.jit.access "${old.metadata.name}": it is ${phase.toLowerCase()} and can no longer be decided; ask again with a new request`,
    {
      details: {
        name: old.metadata.name,
        group: 'jit.access',
        kind: 'accessrequests',
        causes: [{ reason: phase, message: `the request is ${phase.toLowerCase()}` }],
      },
    },
  )
}

/**
 * What an approver cut the request down to, together with what earlier ones did. Wider than was asked for, or than an earlier
 * approver gave, is refused: nobody has agreed to it.
 */
function narrowedIn({ next, old }: Review): AccessRequestStatus['narrowed'] {
  const earlier = old.status?.narrowed
  const narrowed = next.status?.narrowed
  if (narrowed === undefined) return earlier
  const { durationSeconds: seconds = 0, maxUses: uses, rules = [] } = { ...old.spec, ...earlier }
  const { name } = old.metadata
  const left = earlier === undefined ? 'asked for' : 'left by an earlier approver'
  const wide = (field: string, message: string): StatusError =>
    invalid('AccessRequest', name, [{ reason: 'FieldValueInvalid', field: `status.narrowed.${field}`, message: `Invalid value: ${message}` }])
  if (narrowed.durationSeconds !== undefined && narrowed.durationSeconds > seconds)
    throw wide('durationSeconds', `longer than the ${seconds} seconds ${left}`)
  if (narrowed.maxUses !== undefined && uses !== undefined && narrowed.maxUses > uses) throw wide('maxUses', `more than the ${uses} uses ${left}`)
  if (narrowed.rules !== undefined && !rulesWithin(narrowed.rules, rules)) throw wide('rules', `not within the rules ${left}`)
  return { ...earlier, ...narrowed }
}

function grantFor(request: AccessRequest, narrowed: AccessRequestStatus['narrowed'], nowMs: number): AccessGrant {
  const { spec, metadata } = request
  const rules = narrowed?.rules ?? spec.rules
  const maxUses = narrowed?.maxUses ?? spec.maxUses
  const seconds = narrowed?.durationSeconds ?? spec.durationSeconds ?? 1
  if (spec.requester === undefined || spec.policy === undefined || metadata.uid === undefined)
    throw new Error('a stored request has no requester, policy or uid')
  return {
    apiVersion: API_VERSION,
    kind: 'AccessGrant',
    metadata: {
      ...newMetadata({ name: metadata.name }, nowMs),
      ownerReferences: [{ apiVersion: API_VERSION, kind: 'AccessRequest', name: metadata.name, uid: metadata.uid, controller: true }],
    },
    spec: {
      requestName: metadata.name,
      policy: spec.policy,
      subject: spec.requester,
      ...(rules === undefined ? {} : { rules }),
      ...(spec.reveal === undefined ? {} : { reveal: spec.reveal }),
      ...(spec.operation === undefined ? {} : { operation: spec.operation }),
      ...(spec.cluster === undefined ? {} : { cluster: spec.cluster }),
      notBefore: timestamp(nowMs),
      // Sub-second rest included: a grant of one second lives one second.
      expiresAt: new Date(nowMs + seconds * 1000).toISOString(),
      ...(maxUses === undefined ? {} : { maxUses }),
    },
  }
}

async function requiredApprovals(store: Store, policy: string): Promise<number> {
  const entry = await store.get('accesspolicies', policy)
  if (entry === undefined)
    throw new StatusError('Forbidden', `AccessPolicy "${policy}" is gone: nobody can certify under it; deny the request or ask again`)
  return asPolicy(fromEntry(entry)).spec.approvals?.required ?? 1
}

/**
 * A decision on `accessrequests/NAME/approval`. The caller's right to `update` the subresource has been checked; here it is
 * checked, uncached, that the policy lets it certify in every namespace that the request touches, and that nobody decides on
 * what it asked for itself. With enough distinct approvals the request is Approved and its grant made, in one commit.
 */
export async function reviewRequest(review: Review, doors: ReviewDoors): Promise<{ readonly request: AccessRequest; readonly grant?: AccessGrant }> {
  const { old, context } = review
  const { user, nowMs } = context
  const { name } = old.metadata
  const decision = decisionIn(review)
  checkPending(old, nowMs)
  const requester = old.spec.requester
  const { policy } = old.spec
  if (requester === undefined || policy === undefined) throw refuse(name, 'it has no requester')
  const time = timestamp(nowMs)
  const condition = { ...decision, lastUpdateTime: time, lastTransitionTime: time }
  const conditions = [...(old.status?.conditions ?? []), condition]

  if (decision.type === 'Withdrawn') {
    if (!sameUser(user, requester)) throw refuse(name, 'only its requester may withdraw it')
    return { request: { ...old, status: { ...old.status, conditions } } }
  }
  if (sameUser(user, requester)) throw refuse(name, 'nobody may decide on a request of their own')
  await mayCertify(doors.authorizer, user, { name, policy, rules: old.spec.rules ?? [], reveal: old.spec.reveal ?? [] })
  const earlier = old.status?.reviews ?? []
  if (earlier.some(({ reviewer }) => sameUser(user, reviewer))) throw refuse(name, 'you have reviewed it already; another approver is needed')

  const { reason, message } = decision
  const reviews = [
    ...earlier,
    {
      reviewer: stampRequester(user),
      decision: decision.type,
      time,
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
    },
  ]
  if (decision.type === 'Denied') return { request: { ...old, status: { ...old.status, conditions, reviews } } }

  const narrowed = narrowedIn(review)
  const status: AccessRequestStatus = { ...old.status, reviews, ...(narrowed === undefined ? {} : { narrowed }) }
  if (reviews.length < (await requiredApprovals(doors.store, policy))) return { request: { ...old, status } }
  const grant = grantFor(old, narrowed, nowMs)
  if (holds(conditions, 'Denied')) throw refuse(name, 'it has been denied')
  return { request: { ...old, status: { ...status, conditions, grantName: grant.metadata.name } }, grant }
}
