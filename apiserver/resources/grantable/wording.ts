import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { Classified } from '../../../domain/decision.ts'
import { VERBS } from '../../../domain/classify/operations-of.ts'
import { baselineGroup, elevatedGroup } from '../../../domain/api/names.ts'
import type { AccessRule } from '../../../domain/api/rules.ts'
import { formatOperation } from '../../../domain/format/operation.ts'

/** @param elevated whether the request would be sent under the grant, with the policy's elevated group */
export function beyondCeiling(classified: Classified, { metadata: { name } }: AccessPolicy, elevated: boolean): string {
  const said = formatOperation(classified)
  if (elevated)
    return `a grant under policy "${name}" cannot give this: RBAC binds no role to the group "${elevatedGroup(name)}" that lets it ${said}; an admin must bind one`
  return `the policies allow ${said} without a grant, so a grant with maxUses adds nothing to what RBAC gives "${baselineGroup(name)}", which is not enough: ask without maxUses, or let an admin bind a role`
}

/** Message for a reveal of a Secret that the agent may not read. */
export function unreadable(classified: Classified, { metadata: { name } }: AccessPolicy): string {
  return `RBAC does not let the group "${baselineGroup(name)}" ${formatOperation(classified)}, and a reveal only unmasks a response that is allowed otherwise; an admin must bind a role`
}

const KNOWN: ReadonlySet<string> = new Set(VERBS)

/** What is wrong with the values of a rule that no request can have, independent of what the cluster serves. */
export function wordsProblem({ verbs, apiGroups = [], resourceNames = [] }: AccessRule): string | undefined {
  const verb = verbs.find((each) => each !== '*' && !KNOWN.has(each))
  if (verb !== undefined) return `"${verb}" is not a request verb; use one of ${VERBS.join(', ')}`
  if (apiGroups.includes('*')) return 'apiGroups may not contain "*": name the groups, "" for the core group'
  if (resourceNames.includes('*')) return 'resourceNames may not contain "*": omit them for all names'
  return undefined
}
