import { timestamp } from '../../../domain/api/object-meta.ts'
import { grantPhase } from '../../../domain/api/access-grant.ts'
import { isOpenReview, reviewPhase, type BreakGlassReview } from '../../../domain/api/break-glass/review.ts'
import { trueSince, type Condition } from '../../../domain/api/conditions.ts'
import { isAmong } from '../../../domain/policy/governs.ts'
import { invalid, StatusError, type StatusCause } from '../../../domain/status-error.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'
import type { ObjectChange, RequestContext } from '../../machinery/kind.ts'
import { fromEntry, toValue } from '../../machinery/object.ts'
import { jsonEqual } from '../../machinery/write/json-equal.ts'
import { checkPlainText } from '../../machinery/write/plain-text.ts'
import type { Store, Write } from '../../storage/port.ts'
import { mayCertify } from '../decisions/certify-rights.ts'
import { grantEnded } from '../decisions/decided.ts'
import { revoked } from '../decisions/revoke.ts'
import { sameUser } from '../../../domain/identity.ts'
import { stampRequester } from '../requests/requester.ts'
import { asGrant, asObject, asPolicy } from '../typed.ts'
import { reviewRecorded } from './record-events.ts'

export type ReviewingDependencies = { readonly store: Store; readonly authorizer: Authorizer }
type Deciding = { readonly next: BreakGlassReview; readonly old: BreakGlassReview; readonly context: RequestContext }
type Verdict = Condition & { readonly type: 'Justified' | 'Unjustified'; readonly message: string }

const isVerdict = (condition: Condition): condition is Condition & Pick<Verdict, 'type'> =>
  condition.type === 'Justified' || condition.type === 'Unjustified'

const refuse = (name: string, message: string, causes: readonly StatusCause[] = []): StatusError =>
  new StatusError('Forbidden', `breakglassreviews.jit.access "${name}" is forbidden: ${message}`, {
    details: { name, group: 'jit.access', kind: 'breakglassreviews', ...(causes.length === 0 ? {} : { causes }) },
  })

/** @throws StatusError Conflict when the review was decided before */
function checkOpen({ old, context }: Deciding): void {
  if (isOpenReview(old)) return
  const { name } = old.metadata
  const phase = reviewPhase(old, context.nowMs) === 'Justified' ? 'Justified' : 'Unjustified'
  const causes: readonly StatusCause[] = [{ reason: phase, message: `the review is ${phase.toLowerCase()}` }]
  throw new StatusError('Conflict', `Operation cannot be fulfilled on breakglassreviews.jit.access "${name}": it was decided before`, {
    details: { name, group: 'jit.access', kind: 'breakglassreviews', causes },
  })
}

/** The single condition that decides. @throws StatusError Invalid for any other change */
function verdictIn({ next, old }: Deciding): Verdict {
  const fault = (field: string, message: string, reason: StatusCause['reason'] = 'FieldValueInvalid') =>
    invalid('BreakGlassReview', old.metadata.name, [{ reason, field, message }])
  if (!jsonEqual(next.spec, old.spec)) throw fault('spec', 'Invalid value: field is immutable')
  const [verdict, ...more] = next.status?.conditions ?? []
  if (verdict === undefined || more.length > 0 || !isVerdict(verdict) || verdict.status !== 'True')
    throw fault('status.conditions', 'Invalid value: add exactly one condition, Justified or Unjustified, with status True')
  const { message = '' } = verdict
  if (message.trim() !== '') return { ...verdict, message }
  throw fault('status.conditions[0].message', 'Required value: say why the use was justified or not', 'FieldValueRequired')
}

/** The reviewers that a policy names now; those that it named at the use if it no longer allows break-glass. Undefined: everyone who may certify. */
async function reviewersOf(store: Store, { spec }: BreakGlassReview, policy: string) {
  const entry = await store.get('accesspolicies', policy)
  const current = entry === undefined ? undefined : asPolicy(fromEntry(entry)).spec.approvals?.breakGlass
  return current === undefined ? spec.reviewers?.find((each) => each.policy === policy)?.subjects : current.reviewers
}

/**
 * @throws StatusError Forbidden for the subject, and for users that may not certify under every policy or are not a reviewer of each
 */
export async function checkReviewer(old: BreakGlassReview, { user }: RequestContext, { store, authorizer }: ReviewingDependencies): Promise<void> {
  const { metadata, spec } = old
  const { name } = metadata
  if (sameUser(user, spec.subject)) throw refuse(name, 'nobody may review a use of their own')
  for (const policy of new Set([spec.policy ?? '', ...spec.policies].filter((each) => each !== ''))) {
    const reviewers = await reviewersOf(store, old, policy)
    if (reviewers !== undefined && !isAmong(reviewers, user))
      throw refuse(name, `"${user.username}" is not a reviewer of policy "${policy}" (spec.approvals.breakGlass.reviewers)`)
    await mayCertify(authorizer, user, { name, resource: 'breakglassreviews', policy, rules: spec.rules ?? [], reveal: [] })
  }
}

/** Ends the grant of a use that was not justified, if it is still live. */
async function endingGrant({ old, context }: Deciding, { store }: ReviewingDependencies, message: string): Promise<readonly Write[]> {
  const entry = await store.get('accessgrants', old.spec.grantName)
  if (entry === undefined) return []
  const grant = asGrant(fromEntry(entry))
  const phase = grantPhase(grant, context.nowMs)
  // Another grant may have taken the name since.
  const isAnother = old.spec.grantUID !== undefined && grant.metadata.uid !== old.spec.grantUID
  if (isAnother || (phase !== 'Active' && phase !== 'NotYetValid')) return []
  const ended = revoked(grant, { reason: 'Unjustified', message }, context)
  return [
    { resource: 'accessgrants', name: entry.name, expected: entry.version, value: toValue(asObject(ended)) },
    grantEnded(grant, { decision: 'Revoked', message }, context),
  ]
}

/**
 * A decision on `breakglassreviews/NAME/decision`. The caller has been checked already: {@link checkReviewer}. It is made once.
 * A use that was not justified loses its grant in the same commit.
 */
export async function decideReview(deciding: Deciding, deps: ReviewingDependencies): Promise<ObjectChange> {
  const { old, context } = deciding
  checkOpen(deciding)
  const verdict = verdictIn(deciding)
  const { type, message } = verdict
  const condition = trueSince(timestamp(context.nowMs), { type, reason: verdict.reason ?? type, message })
  const decided: BreakGlassReview = { ...old, status: { ...old.status, conditions: [condition], reviewer: stampRequester(context.user) } }
  checkPlainText({ kind: 'BreakGlassReview' }, asObject(decided), { old: asObject(old) })
  const ended = type === 'Unjustified' ? await endingGrant(deciding, deps, message) : []
  return { object: asObject(decided), also: [...ended, reviewRecorded(decided, { type, message }, context)] }
}
