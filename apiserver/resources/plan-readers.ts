import type { AccessRequest } from '../../domain/access-request.ts'
import type { Identity } from '../../domain/identity.ts'
import type { Operation } from '../../domain/rules.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Authorizer } from '../../kube/subject-access-review.ts'
import { same } from '../machinery/same.ts'
import { mayCertify } from './certify.ts'

/** What a plan tells of objects that its requester may not read. */
function withoutPlan(operation: Operation): Operation {
  const { diff: _, body: __, cut: ___, targets: ____, ...rest } = operation
  return rest
}

/** An AccessRequest as everybody sees it who may read it: without a plan that is for approvers alone. */
export function withoutHiddenPlan(request: AccessRequest): AccessRequest {
  const { operation } = request.spec
  if (operation?.planReaders !== 'Approvers') return request
  return { ...request, spec: { ...request.spec, operation: withoutPlan(operation) } }
}

/** Whether a client leaves the spec as it is, or as it is shown to it. */
export const sameSpec = (next: AccessRequest, old: AccessRequest): boolean =>
  same(next.spec, old.spec) || same(next.spec, withoutHiddenPlan(old).spec)

/**
 * Whether a user reads the plan at `accessrequests/NAME/plan`: who may certify the request.
 * @throws StatusError Forbidden, NotFound for a request that has none
 */
export async function mayReadPlan(authorizer: Authorizer, user: Identity, { metadata: { name }, spec }: AccessRequest): Promise<void> {
  const { policy, operation, rules = [], reveal = [] } = spec
  if (operation === undefined || policy === undefined)
    throw new StatusError('NotFound', `accessrequests.jit.access "${name}" has no plan: it is not about one operation`, {
      details: { name, group: 'jit.access', kind: 'accessrequests' },
    })
  await mayCertify(authorizer, user, { name, policy, rules, reveal })
}
