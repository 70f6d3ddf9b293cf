import type { Classified } from '../decision.ts'
import type { AccessRule } from '../rules.ts'

const WRITE_AND_READ: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'])

/**
 * Whether a rule of a grant covers a request. Narrower than RBAC on purpose: resources know no wildcard, a rule without
 * namespaces covers no namespaced request, and a rule with resourceNames covers no request without a name.
 */
export function ruleCovers(rule: AccessRule, { info, verb }: Classified): boolean {
  if (!info.isResourceRequest) return false
  const named = info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`
  // A request for a namespace object carries its own name as namespace; RBAC calls it cluster-scoped, and so do rules.
  const scope = info.resource === 'namespaces' ? '' : info.namespace
  return (
    (rule.verbs.includes(verb) || (rule.verbs.includes('*') && WRITE_AND_READ.has(verb))) &&
    (rule.apiGroups ?? ['']).includes(info.apiGroup) &&
    rule.resources.includes(named) &&
    (rule.namespaces === undefined ? scope === '' : rule.namespaces.includes(scope)) &&
    (rule.resourceNames === undefined || (info.name !== '' && rule.resourceNames.includes(info.name)))
  )
}
