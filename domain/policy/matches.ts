import type { PolicyRule } from '../access-policy.ts'
import type { Classified, Power } from '../decision.ts'
import { isAcrossNamespaces } from './cluster-scoped.ts'

/** What only a rule that names it in so many words may loosen: a wildcard does not reach it. */
const NAMED_ONLY: ReadonlySet<Power> = new Set(['mint', 'escalate', 'unknown', 'connect'])

const has = (list: readonly string[] | undefined, value: string): boolean => list === undefined || list.includes('*') || list.includes(value)

function matchesPath(patterns: readonly string[], path: string): boolean {
  return patterns.some((pattern) => (pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern))
}

/** Whether the rule names what can mint credentials, change who may do what, or stream. */
function spells(match: NonNullable<PolicyRule['match']>, { info }: Classified): boolean {
  return match.resources?.includes(info.resource) === true && (info.apiGroup === '' || match.apiGroups?.includes(info.apiGroup) === true)
}

/** Who reads the objects of every namespace reads those of each: a rule that denies is about it too, one that allows does not reach so far. */
function matchesNamespace({ match, effect }: PolicyRule, { info }: Classified): boolean {
  return has(match?.namespaces, info.namespace) || (effect !== 'Allow' && isAcrossNamespaces(info))
}

function matchesResource(match: NonNullable<PolicyRule['match']>, { info }: Classified): boolean {
  return (
    has(match.apiGroups, info.apiGroup) &&
    has(match.resources, info.resource) &&
    has(match.subresources ?? [''], info.subresource) &&
    (match.names === undefined || (info.name !== '' && match.names.includes(info.name)))
  )
}

/**
 * Whether a rule is about a request, its CEL condition aside. Rules that loosen must name the group and resource of what can
 * mint credentials, change who may do what, or stream; rules that deny may use wildcards for them.
 */
export function matches(rule: PolicyRule, classified: Classified): boolean {
  const { info, power, verb } = classified
  const match = rule.match ?? {}
  if (!has(match.verbs, verb)) return false
  if (!info.isResourceRequest) return match.nonResourceURLs !== undefined && matchesPath(match.nonResourceURLs, info.path)
  if (match.nonResourceURLs !== undefined) return false
  if (rule.effect !== 'Deny' && NAMED_ONLY.has(power) && !spells(match, classified)) return false
  return matchesResource(match, classified) && matchesNamespace(rule, classified)
}
