import type { AccessRequest } from '../api/access-request.ts'
import type { AccessRule } from '../api/rules.ts'
import { classify, withGains } from '../classify/classify.ts'
import { countOf, operationOf, placesOf, resourcesOf } from '../classify/operations-of.ts'
import { readRequest } from '../classify/read-request.ts'
import type { Classified } from '../decision.ts'

/** A rule can describe thousands of operations. As many are explained. */
const MAX_EXPLAINED = 12

export type Operations = { readonly operations: readonly Classified[]; readonly left: number }

/** The single operations that rules describe. */
export function operationsOfRules(rules: readonly AccessRule[], max = MAX_EXPLAINED): Operations {
  const operations: Classified[] = []
  for (const rule of rules)
    for (const asked of resourcesOf(rule))
      for (const place of placesOf(rule)) if (operations.length < max) operations.push(withGains(operationOf(asked, place), rule.gains ?? []))
  return { operations, left: rules.reduce((sum, rule) => sum + countOf(rule), 0) - operations.length }
}

/** The operations that a request asks for: the held one, or those that its rules describe. Empty when the held one cannot be interpreted. */
export function operationsOf({ spec: { operation, rules = [] } }: Pick<AccessRequest, 'spec'>, max = MAX_EXPLAINED): Operations {
  if (operation === undefined) return operationsOfRules(rules, max)
  try {
    const url = new URL(operation.path, 'http://gateway')
    const classified = classify(readRequest(operation.method, decodeURIComponent(url.pathname), url.searchParams))
    const gains = rules.flatMap((rule) => rule.gains ?? [])
    return { operations: [withGains(classified, gains)], left: 0 }
  } catch {
    return { operations: [], left: 0 }
  }
}
