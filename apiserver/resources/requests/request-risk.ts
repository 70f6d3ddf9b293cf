import type { AccessPolicy, PolicyRule, Risk } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { higherRisk } from '../../../domain/api/approvals/risk.ts'
import type { AccessRule } from '../../../domain/api/rules.ts'
import { withGains } from '../../../domain/classify/classify.ts'
import { countOf, operationOf, placesOf, resourcesOf } from '../../../domain/classify/operations-of.ts'
import type { Classified } from '../../../domain/decision.ts'
import { reachOf } from '../../../domain/policy/match/matches.ts'

/** More combinations than this are refused at creation, so they are not evaluated one by one. */
const MAX_OPERATIONS = 256

const isWild = ({ apiGroups = [], namespaces = [], resources }: AccessRule): boolean =>
  [...apiGroups, ...namespaces, ...resources].some((word) => word.includes('*'))

/** An access rule without names covers every object, so a policy rule about some names applies to it. */
function isAbout(rule: PolicyRule, classified: Classified): boolean {
  const { names: _, ...others } = rule.match ?? {}
  return reachOf(classified.info.name === '' ? { ...rule, match: others } : rule, classified) !== 'none'
}

function riskOfOperation(classified: Classified, policies: readonly AccessPolicy[]): Risk {
  const rules = policies.flatMap(({ spec }) => spec.rules ?? [])
  return rules.reduce<Risk>(
    (risk, rule) => (rule.risk !== undefined && isAbout(rule, classified) ? higherRisk(risk, rule.risk) : risk),
    classified.risk,
  )
}

function operationsOf({ rules = [], reveal = [] }: AccessRequest['spec']): readonly Classified[] {
  const asked = rules.flatMap((rule) =>
    resourcesOf(rule).flatMap((resource) => placesOf(rule).map((place) => withGains(operationOf(resource, place), rule.gains ?? []))),
  )
  const shown = reveal.map(({ namespace, secret }) => operationOf({ verb: 'get', apiGroup: '', resource: 'secrets' }, { namespace, name: secret }))
  return [...asked, ...shown]
}

/**
 * The risk of a request: the highest that the classification, or a rule that may match under any of the policies, gives to any part of it. CEL
 * conditions are not evaluated, so it may be too high. Nothing that a requester writes lowers it: a request that cannot be evaluated is Critical.
 */
export function riskOfRequest({ spec }: AccessRequest, policies: readonly AccessPolicy[]): Risk {
  const rules = spec.rules ?? []
  if (rules.some(isWild) || rules.reduce((sum, rule) => sum + countOf(rule), 0) > MAX_OPERATIONS) return 'Critical'
  const least: Risk = (spec.reveal ?? []).length > 0 ? 'High' : 'Low'
  return operationsOf(spec).reduce<Risk>((risk, each) => higherRisk(risk, riskOfOperation(each, policies)), least)
}
