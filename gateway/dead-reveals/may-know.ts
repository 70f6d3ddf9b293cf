import type { AccessPolicy } from '../../domain/access-policy.ts'
import type { AccessRequest } from '../../domain/access-request.ts'
import { operationOf } from '../../domain/classify/operations-of.ts'
import type { ConditionEvaluator } from '../../domain/condition-evaluator.ts'
import type { Classified } from '../../domain/decision.ts'
import { withTokenGroups, type Identity } from '../../domain/identity.ts'
import { actingIdentity } from '../../domain/policy/acting-groups.ts'
import { heardPolicies } from '../../domain/policy/heard.ts'
import { rbacQuestions } from '../../domain/policy/rbac-questions.ts'
import { sureDecisions } from '../../domain/policy/without-object.ts'
import type { Authorizer } from '../../kube/subject-access-review.ts'

export type MayKnowDoors = {
  readonly policies: { list(): readonly AccessPolicy[] }
  readonly authorizer: Authorizer
  readonly evaluate: ConditionEvaluator
  readonly cluster?: string
}

const NOBODY: Identity = { username: '', uid: '', groups: [], extra: {} }

/** Whether all policies allow a read without a grant, whatever the request holds. */
function isFree(classified: Classified, identity: Identity, { policies, evaluate, cluster }: MayKnowDoors): boolean {
  const heard = heardPolicies(policies.list(), identity, cluster)
  const sure = sureDecisions({ classified, identity, policies: heard, evaluate, ...(cluster === undefined ? {} : { cluster }) })
  return sure.length > 0 && sure.length === heard.length && sure.every(({ effect }) => effect === 'Allow')
}

/**
 * Whether a requester may know which keys the Secrets have that it asks to see: a GET through the gateway would show them, masked, without a
 * grant. What a condition makes depend on the request is no yes. @throws StatusError what a review failed with
 */
export async function mayKnowKeys({ spec }: AccessRequest, doors: MayKnowDoors): Promise<boolean> {
  const identity = withTokenGroups({ ...NOBODY, ...spec.requester })
  const acting = actingIdentity(identity, heardPolicies(doors.policies.list(), identity, doors.cluster))
  for (const { namespace, secret } of spec.reveal ?? []) {
    const classified = operationOf({ verb: 'get', apiGroup: '', resource: 'secrets' }, { namespace, name: secret })
    if (!isFree(classified, identity, doors)) return false
    for (const question of rbacQuestions(classified)) if (!(await doors.authorizer.allowed(acting, question))) return false
  }
  return true
}
