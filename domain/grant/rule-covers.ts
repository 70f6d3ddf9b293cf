import type { Classified } from '../decision.ts'
import { coversGains } from '../api/gain.ts'
import type { RequestInfo } from '../request-info.ts'
import type { AccessRule } from '../api/rules.ts'

const WRITE_AND_READ: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'])

const coversVerb = (verbs: readonly string[], verb: string): boolean => verbs.includes(verb) || (verbs.includes('*') && WRITE_AND_READ.has(verb))

/** A request for a Namespace object has its own name as namespace. RBAC treats it as cluster-scoped, and so do rules. */
function coversScope(namespaces: readonly string[] | undefined, { resource, namespace }: RequestInfo): boolean {
  const scope = resource === 'namespaces' ? '' : namespace
  return namespaces === undefined ? scope === '' : namespaces.includes(scope)
}

function coversResource({ apiGroups = [''], resources }: AccessRule, { apiGroup, resource, subresource }: RequestInfo): boolean {
  return apiGroups.includes(apiGroup) && resources.includes(subresource === '' ? resource : `${resource}/${subresource}`)
}

/**
 * Whether a rule of a grant covers a request. Deliberately narrower than RBAC: resources have no wildcard, a rule without namespaces covers no
 * namespaced request, a rule with resourceNames covers no request without a name, and a write that gives power to a workload needs a rule that names
 * the power.
 */
export function ruleCovers(rule: AccessRule, { info, verb, gains = [] }: Classified): boolean {
  return (
    info.isResourceRequest &&
    coversVerb(rule.verbs, verb) &&
    coversResource(rule, info) &&
    coversScope(rule.namespaces, info) &&
    coversGains(rule.gains, gains) &&
    (rule.resourceNames === undefined || (info.name !== '' && rule.resourceNames.includes(info.name)))
  )
}
