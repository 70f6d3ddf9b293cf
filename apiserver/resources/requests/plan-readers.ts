import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { type Identity, sameUser } from '../../../domain/identity.ts'
import type { Operation } from '../../../domain/api/rules.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'
import { jsonEqual } from '../../machinery/write/json-equal.ts'
import { mayCertify } from '../decisions/certify-rights.ts'

/** The operation without the parts of its plan that may show objects that the requester cannot read. */
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

/** Hides the fields of the plan in managedFields: whether a diff exists reveals whether a guessed value was right. */
function withoutOwnedPlan(given: unknown): unknown {
  const owner = given as Owner
  const { fieldsV1 } = owner
  if (fieldsV1?.['f:spec'] === undefined || !('f:operation' in fieldsV1['f:spec'])) return owner
  return { ...owner, fieldsV1: { ...fieldsV1, 'f:spec': { ...fieldsV1['f:spec'], 'f:operation': {} } } }
}

/** An AccessRequest as shown to every reader: without a plan that only approvers may see. */
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

/** Whether the spec is unchanged, compared with the stored spec or with the one shown to clients. */
export const sameSpec = (next: AccessRequest, old: AccessRequest): boolean =>
  jsonEqual(next.spec, old.spec) || jsonEqual(next.spec, withoutHiddenPlan(old).spec)

/**
 * Checks that a user may read `accessrequests/NAME/plan`: users that may certify the request.
 * @throws StatusError Forbidden, or NotFound for a request without a plan
 */
export async function mayReadPlan(authorizer: Authorizer, user: Identity, { metadata: { name }, spec }: AccessRequest): Promise<void> {
  const { policy, operation, rules = [], reveal = [], requester } = spec
  if (operation === undefined || policy === undefined)
    throw new StatusError('NotFound', `accessrequests.jit.access "${name}" has no plan: it is not for a single operation`, {
      details: { name, group: 'jit.access', kind: 'accessrequests' },
    })
  // A requester that may certify cannot approve its own request, so its plan must not show more than it may read.
  if (requester === undefined || (operation.planReaders === 'Approvers' && sameUser(user, requester)))
    throw new StatusError('Forbidden', `accessrequests.jit.access "${name}" is forbidden: its requester may not read the plan`, {
      details: { name, group: 'jit.access', kind: 'accessrequests' },
    })
  await mayCertify(authorizer, user, { name, policy, rules, reveal })
}
