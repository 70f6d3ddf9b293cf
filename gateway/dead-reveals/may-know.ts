import type { AccessPolicy } from '../../domain/access-policy.ts'
import type { AccessRequest } from '../../domain/access-request.ts'
import { operationOf } from '../../domain/classify/operations-of.ts'
import type { ConditionEvaluator } from '../../domain/condition-evaluator.ts'
import { withTokenGroups } from '../../domain/identity.ts'
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

/**
 * Whether a requester may know which keys the Secrets have that it asks to see: a GET through the gateway would show them, masked, without a
 * grant. What a condition makes depend on the request is no yes. @throws StatusError what a review failed with
 */
export async function mayKnowKeys({ spec }: AccessRequest, { policies, authorizer, evaluate, cluster }: MayKnowDoors): Promise<boolean> {
  const { username = '', uid = '', groups = [], extra = {} } = spec.requester ?? {}
  const identity = withTokenGroups({ username, uid, groups, extra })
  const where = cluster === undefined ? {} : { cluster }
  const heard = heardPolicies(policies.list(), identity, cluster)
  const acting = actingIdentity(identity, heard)
  for (const { namespace, secret } of spec.reveal ?? []) {
    const classified = operationOf({ verb: 'get', apiGroup: '', resource: 'secrets' }, { namespace, name: secret })
    const sure = sureDecisions({ classified, identity, policies: heard, evaluate, ...where })
    if (sure.length === 0 || sure.length < heard.length || sure.some(({ effect }) => effect !== 'Allow')) return false
    for (const question of rbacQuestions(classified)) if (!(await authorizer.allowed(acting, question))) return false
  }
  return true
}
