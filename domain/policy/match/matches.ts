import type { Effect, PolicyRule } from '../../api/access-policy.ts'
import type { Classified, Power } from '../../decision.ts'
import type { RequestInfo } from '../../request-info.ts'
import { isAcrossNamespaces } from './cluster-scoped.ts'
import { holdsIn } from './holds-in.ts'
import type { Reach } from '../reach.ts'
import { reachOfGains } from '../reach-of-gains.ts'

type Match = NonNullable<PolicyRule['match']>

/** Powers that only a rule naming the resource may loosen; a wildcard does not match them. */
const NAMED_ONLY: ReadonlySet<Power> = new Set(['mint', 'escalate', 'unknown', 'connect'])

const has = (list: readonly string[] | undefined, value: string): boolean => list === undefined || list.includes('*') || list.includes(value)

const namesPath = (patterns: readonly string[], path: string): boolean =>
  patterns.some((pattern) => (pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern))

/** kube-apiserver serves `/version` and `/version/` alike, so a rule for one also applies to the other, unless it allows. */
function reachOfPath({ match, effect }: PolicyRule, path: string): Reach {
  const patterns = match?.nonResourceURLs
  if (patterns === undefined) return 'none'
  if (namesPath(patterns, path)) return 'exact'
  const other = path.endsWith('/') ? path.slice(0, -1) : `${path}/`
  return effect !== 'Allow' && namesPath(patterns, other) ? 'implied' : 'none'
}

/** Whether the rule names the group and resource explicitly, without a wildcard. */
function namesResource(match: Match, { info }: Classified): boolean {
  return match.resources?.includes(info.resource) === true && (info.apiGroup === '' || match.apiGroups?.includes(info.apiGroup) === true)
}

/** `""` allows cluster-scoped requests. A list across all namespaces is not one: it needs `*`, or a rule without namespaces. */
const allowsAcross = ({ namespaces }: Match, effect: Effect, info: RequestInfo): boolean =>
  effect !== 'Allow' || namespaces === undefined || namespaces.includes('*') || !isAcrossNamespaces(info)

const namesObject = (names: readonly string[] | undefined, name: string): boolean => names === undefined || (name !== '' && has(names, name))

function isNamed({ match = {}, effect }: PolicyRule, { info, verb }: Classified): boolean {
  return (
    has(match.verbs, verb) &&
    has(match.apiGroups, info.apiGroup) &&
    has(match.resources, info.resource) &&
    has(match.subresources ?? [''], info.subresource) &&
    has(match.namespaces, info.namespace) &&
    allowsAcross(match, effect, info) &&
    namesObject(match.names, info.name)
  )
}

const isAboutPathsAlone = ({ apiGroups, resources, subresources, namespaces, names, gains }: Match): boolean =>
  [apiGroups, resources, subresources, namespaces, names, gains].every((list) => list === undefined)

const mayDecide = ({ match = {}, effect }: PolicyRule, classified: Classified): boolean =>
  effect === 'Deny' || !NAMED_ONLY.has(classified.power) || namesResource(match, classified)

/** A rule that names paths does not name resources. A strict rule with fields of both kinds applies to both. */
function reachOfResource(rule: PolicyRule, classified: Classified): Reach {
  const { match = {}, effect } = rule
  const namesPaths = match.nonResourceURLs !== undefined
  if (!namesPaths && mayDecide(rule, classified) && isNamed(rule, classified)) return 'exact'
  if (effect === 'Allow' || (namesPaths && isAboutPathsAlone(match))) return 'none'
  return holdsIn(match, classified) ? 'implied' : 'none'
}

/**
 * How a rule applies to a request, without its CEL condition. A rule that loosens must name the group and resource of requests that mint credentials,
 * change permissions or stream, and each power that a write gives to a workload. A rule that denies may use wildcards for them.
 */
export function reachOf(rule: PolicyRule, classified: Classified): Reach {
  if (!classified.info.isResourceRequest) return reachOfPath(rule, classified.info.path)
  const ofGains = reachOfGains(rule, classified)
  if (ofGains === 'none') return 'none'
  const reach = reachOfResource(rule, classified)
  return reach === 'exact' ? ofGains : reach
}
