import { sameUser } from '../../../domain/identity.ts'
import { timestamp } from '../../../domain/api/object-meta.ts'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { conditionOf, holds, trueSince, type Condition } from '../../../domain/api/conditions.ts'
import { invalid } from '../../../domain/status-error.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import type { ReviewDependencies } from './approval.ts'
import { mayCertify } from './certify-rights.ts'

type Revocation = { readonly next: AccessGrant; readonly old: AccessGrant; readonly context: RequestContext }

function wishIn({ next, old }: Revocation): Condition {
  const given = conditionOf(next.status?.conditions, 'Revoked')
  if (given?.status === 'True') return given
  const message = 'Required value: add the condition Revoked with status True'
  throw invalid('AccessGrant', old.metadata.name, [{ reason: 'FieldValueRequired', field: 'status.conditions', message }])
}

/**
 * A grant may be revoked by its subject, by the subjects of the grants that it is a part of, and by users that may certify under its policy.
 * @throws StatusError Forbidden
 */
export async function checkRevoker(old: AccessGrant, { user }: RequestContext, deps: ReviewDependencies): Promise<void> {
  const { subject, transferredFrom = [], policy, rules = [], reveal = [] } = old.spec
  if ([subject, ...transferredFrom].some((holder) => sameUser(user, holder))) return
  await mayCertify(deps.authorizer, user, { name: old.metadata.name, policy, rules, reveal })
}

/** Ends a grant immediately and permanently. {@link checkRevoker} has checked the caller. */
export function revoke(revocation: Revocation): AccessGrant {
  const { old, context } = revocation
  const { reason = 'Revoked', message = '' } = wishIn(revocation)
  if (holds(old.status?.conditions, 'Revoked')) return old
  return revoked(old, { reason, message }, context)
}

/** The grant with the condition that ends it. Does not check that the grant is live. */
export function revoked(
  grant: AccessGrant,
  { reason, message }: { readonly reason: string; readonly message: string },
  { user, nowMs }: Pick<RequestContext, 'user' | 'nowMs'>,
): AccessGrant {
  const by = user.username
  const condition = trueSince(timestamp(nowMs), { type: 'Revoked', reason, message: message === '' ? by : `${by}: ${message}` })
  return { ...grant, status: { ...grant.status, conditions: [...(grant.status?.conditions ?? []), condition] } }
}
