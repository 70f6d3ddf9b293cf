import { sameUser } from '../../../domain/identity.ts'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { isExemptIdentity } from '../../../domain/policy/never-governed.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import { seesOwnAlone, type VisibilityDependencies } from '../visibility.ts'

/**
 * Checks that a requester deletes a request of its own that is pending, which withdraws it. What was decided stays for approvers and auditors, also
 * when no policy governs its requester now. A governed user deletes no request of others. Other users may delete what RBAC lets them delete.
 * @throws StatusError Forbidden
 */
export async function checkRemoval(
  { metadata: { name }, spec, status }: AccessRequest,
  { user, nowMs }: RequestContext,
  deps: VisibilityDependencies,
): Promise<void> {
  const isOwn = spec.requester !== undefined && sameUser(user, spec.requester) && !isExemptIdentity(user)
  if (!isOwn && !(await seesOwnAlone(deps, user))) return
  const phase = requestPhase(status, nowMs)
  if (isOwn && phase === 'Pending') return
  const why = isOwn ? `it is ${phase.toLowerCase()}, and stays as a record` : 'only its requester may withdraw it'
  throw new StatusError('Forbidden', `accessrequests.jit.access "${name}" is forbidden: ${why}`, {
    details: { name, group: 'jit.access', kind: 'accessrequests', causes: [{ reason: 'Governed', message: user.username, field: 'subject' }] },
  })
}
