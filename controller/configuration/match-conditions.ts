import { isForCluster } from '../../domain/policy/governs.ts'
import { usernameOf } from '../../domain/api/subject.ts'
import { governedExpression, type GovernedNames } from '../../domain/policy/governed-expression.ts'
import type { AccessPolicy, PolicySubject } from '../../domain/api/access-policy.ts'
import { isExemptSubject } from '../../domain/policy/never-governed.ts'

/** A condition of admissionregistration/v1. */
export type MatchCondition = { readonly name: string; readonly expression: string }
/** A policy subject that is exempt from governance, and the policy that names it. */
export type ExemptSubject = { readonly policy: string; readonly subject: PolicySubject }

const sorted = (values: readonly string[]): readonly string[] => [...new Set(values)].sort()

/**
 * The match conditions of the webhook, and the parameter of the ValidatingAdmissionPolicy, which cannot use them: the subjects of policies that apply
 * to this cluster. They depend only on the policies, not on their order.
 */
export function matchConditionsFor(
  policies: readonly AccessPolicy[],
  cluster?: string,
): { readonly conditions: readonly MatchCondition[]; readonly names: GovernedNames; readonly exempt: readonly ExemptSubject[] } {
  const here = policies.filter((policy) => isForCluster(policy, cluster))
  const subjects = here.flatMap(({ metadata, spec }) => spec.subjects.map((subject) => ({ policy: metadata.name, subject })))
  const governed = subjects.map(({ subject }) => subject).filter((subject) => !isExemptSubject(subject))
  const names: GovernedNames = {
    users: sorted(governed.map(usernameOf).filter((name) => name !== undefined)),
    groups: sorted(governed.filter(({ kind }) => kind === 'Group').map(({ name }) => name)),
  }
  return {
    conditions: [{ name: 'governed', expression: governedExpression(names) }],
    names,
    exempt: subjects.filter(({ subject }) => isExemptSubject(subject)),
  }
}
