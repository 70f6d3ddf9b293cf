import type { AccessPolicy, PolicyRule, Risk } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { classify, withGains } from '../../../domain/classify/classify.ts'
import type { RequestInfo } from '../../../domain/request-info.ts'
import type { AccessRule } from '../../../domain/api/rules.ts'

const LEVELS: readonly Risk[] = ['Low', 'Medium', 'High', 'Critical']
const ANY_VERB = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const

const higher = (left: Risk, right: Risk): Risk => (LEVELS.indexOf(right) > LEVELS.indexOf(left) ? right : left)
const has = (list: readonly string[] | undefined, value: string): boolean => list === undefined || list.includes('*') || list.includes(value)

function infosOf(rule: AccessRule): readonly RequestInfo[] {
  const verbs = rule.verbs.includes('*') ? ANY_VERB : rule.verbs
  return (rule.apiGroups ?? ['']).flatMap((apiGroup) =>
    rule.resources.flatMap((word) => {
      const [resource = '', subresource = ''] = word.split('/', 2)
      const namespace = rule.namespaces?.[0] ?? ''
      const known = { isResourceRequest: true, path: '', apiPrefix: 'apis', apiGroup, apiVersion: '', name: '', parts: [] }
      return [...new Set(verbs)].map((verb) => ({ ...known, verb, resource, subresource, namespace }))
    }),
  )
}

/** A rule without subresources matches none if it allows, and all if it is stricter. */
const isAbout = ({ match = {}, effect }: PolicyRule, info: RequestInfo): boolean =>
  match.nonResourceURLs === undefined &&
  has(match.verbs, info.verb) &&
  has(match.apiGroups, info.apiGroup) &&
  has(match.resources, info.resource) &&
  has(match.subresources ?? (effect === 'Allow' ? [''] : undefined), info.subresource)

/**
 * The risk of a request: the highest risk that the classification or a possibly matching policy rule assigns to any part of it.
 * For orientation only: names, namespaces and conditions of the policy are not considered, so it may be too high.
 */
export function riskOfRequest({ spec }: AccessRequest, policy: AccessPolicy | undefined): Risk {
  let risk: Risk = (spec.reveal ?? []).length > 0 ? 'High' : 'Low'
  const asked = (spec.rules ?? []).flatMap((rule) => infosOf(rule).map((info) => ({ info, gains: rule.gains ?? [] })))
  for (const { info, gains } of asked) {
    risk = higher(risk, withGains(classify(info), gains).risk)
    for (const rule of policy?.spec.rules ?? []) if (rule.risk !== undefined && isAbout(rule, info)) risk = higher(risk, rule.risk)
  }
  return risk
}
