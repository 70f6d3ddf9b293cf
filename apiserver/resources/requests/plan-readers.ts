import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { Identity } from '../../../domain/identity.ts'
import type { Operation } from '../../../domain/api/rules.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'
import { same } from '../../machinery/write/json-equal.ts'
import { mayCertify } from '../decisions/certify.ts'
import { sameUser } from './requester.ts'

/** What a plan tells of objects that its requester may not read. */
function withoutPlan(operation: Operation): Operation {
  const { method, path, digest, summary, planHash, planReaders } = operation
  return {
    method,
    path,
    digest,
    ...(summary === undefined ? {} : { summary }),
    ...(planHash === undefined ? {} : { planHash }),
    ...(planReaders === undefined ? {} : { planReaders }),
  }
}

type Owner = { readonly fieldsV1?: { readonly 'f:spec'?: object } }

/** Whether there is a diff says whether a guess changed anything: so does its name among the fields that somebody owns. */
function withoutOwnedPlan(given: unknown): unknown {
  const owner = given as Owner
  const { fieldsV1 } = owner
  if (fieldsV1?.['f:spec'] === undefined || !('f:operation' in fieldsV1['f:spec'])) return owner
  return { ...owner, fieldsV1: { ...fieldsV1, 'f:spec': { ...fieldsV1['f:spec'], 'f:operation': {} } } }
}

/** An AccessRequest as everybody sees it who may read it: without a plan that is for approvers alone. */
export function withoutHiddenPlan(request: AccessRequest): AccessRequest {
  const { operation } = request.spec
  if (operation?.planReaders !== 'Approvers') return request
  const { managedFields } = request.metadata
  return {
    ...request,
    metadata: { ...request.metadata, ...(managedFields === undefined ? {} : { managedFields: managedFields.map(withoutOwnedPlan) }) },
    spec: { ...request.spec, operation: withoutPlan(operation) },
  }
}

/** Whether a client leaves the spec as it is, or as it is shown to it. */
export const sameSpec = (next: AccessRequest, old: AccessRequest): boolean =>
  same(next.spec, old.spec) || same(next.spec, withoutHiddenPlan(old).spec)

/**
 * Whether a user reads the plan at `accessrequests/NAME/plan`: who may certify the request.
 * @throws StatusError Forbidden, NotFound for a request that has none
 */
export async function mayReadPlan(authorizer: Authorizer, user: Identity, { metadata: { name }, spec }: AccessRequest): Promise<void> {
  const { policy, operation, rules = [], reveal = [], requester } = spec
  if (operation === undefined || policy === undefined)
    throw new StatusError('NotFound', `accessrequests.jit.access "${name}" has no plan: it is not about one operation`, {
      details: { name, group: 'jit.access', kind: 'accessrequests' },
    })
  // Who may certify others' requests approves none of its own, so its plan shows no more than it may read.
  if (requester === undefined || (operation.planReaders === 'Approvers' && sameUser(user, requester)))
    throw new StatusError('Forbidden', `accessrequests.jit.access "${name}" is forbidden: its plan is not for who asks`, {
      details: { name, group: 'jit.access', kind: 'accessrequests' },
    })
  await mayCertify(authorizer, user, { name, policy, rules, reveal })
}
