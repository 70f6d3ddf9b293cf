import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { Classified } from '../../../domain/decision.ts'
import { VERBS } from '../../../domain/classify/operations-of.ts'
import { baselineGroup, elevatedGroup } from '../../../domain/api/names.ts'
import type { AccessRule } from '../../../domain/api/rules.ts'
import { formatOperation } from '../../../domain/say-operation.ts'

/** @param elevated whether a grant would have added to it */
export function beyondCeiling(classified: Classified, { metadata: { name } }: AccessPolicy, elevated: boolean): string {
  const said = formatOperation(classified)
  if (elevated)
    return `beyond what a grant under policy "${name}" can give: RBAC binds no role to the group "${elevatedGroup(name)}" that lets it ${said}; an admin must bind one`
  return `the policies allow ${said} without a grant, so one with a number of uses adds nothing to what RBAC gives "${baselineGroup(name)}", which is not enough: ask without maxUses, or let an admin bind a role`
}

/** Of a Secret whose keys shall be shown. */
export function unreadable(classified: Classified, { metadata: { name } }: AccessPolicy): string {
  return `RBAC does not let the group "${baselineGroup(name)}" ${formatOperation(classified)}, and a reveal shows keys in an answer that comes without it; an admin must bind a role`
}

const KNOWN: ReadonlySet<string> = new Set(VERBS)

/** What is wrong with the words of a rule, whatever the cluster serves: no request has them. */
export function wordsProblem({ verbs, apiGroups = [], resourceNames = [] }: AccessRule): string | undefined {
  const verb = verbs.find((each) => each !== '*' && !KNOWN.has(each))
  if (verb !== undefined) return `no request has the verb "${verb}": one of ${VERBS.join(', ')}`
  if (apiGroups.includes('*')) return 'apiGroups know no "*": name the groups, "" for the core group'
  if (resourceNames.includes('*')) return 'resourceNames know no "*": leave them out for every name'
  return undefined
}
