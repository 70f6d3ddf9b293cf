import type { Classified } from '../../../domain/decision.ts'
import type { Identity } from '../../../domain/identity.ts'
import { actingIdentity } from '../../../domain/policy/acting-groups.ts'
import { rbacQuestions } from '../../../domain/policy/rbac-questions.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'
import type { Governing } from '../requests/request-policy.ts'

/**
 * Whether RBAC allows an agent's request as the gateway would forward it. `elevated`: under a grant, with the elevated group of its policy.
 * @throws StatusError the error of a failed review
 */
export type Ceiling = (classified: Classified, elevated: boolean) => Promise<boolean>

/** @param identity with the groups of its token */
export function createCeiling(authorizer: Authorizer, identity: Identity, { all, chosen }: Governing): Ceiling {
  const [baseline, granted] = [actingIdentity(identity, all), actingIdentity(identity, all, chosen.metadata.name)]
  return async (classified, elevated) => {
    for (const question of rbacQuestions(classified)) if (await authorizer.allowed(elevated ? granted : baseline, question)) return true
    return false
  }
}
