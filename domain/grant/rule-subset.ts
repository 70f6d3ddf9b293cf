import { coversGains } from '../api/gain.ts'
import type { AccessRule } from '../api/rules.ts'

const subset = (narrow: readonly string[], wide: readonly string[]): boolean => narrow.every((value) => wide.includes(value))

/** For lists where an omitted list means every value. */
const narrower = (narrow: readonly string[] | undefined, wide: readonly string[] | undefined): boolean =>
  wide === undefined || (narrow !== undefined && subset(narrow, wide))

/** For namespaces, where an omitted list means only cluster-scoped objects: neither scope is a subset of the other. */
const sameScope = (narrow: readonly string[] | undefined, wide: readonly string[] | undefined): boolean =>
  wide === undefined ? narrow === undefined : narrow !== undefined && subset(narrow, wide)

function ruleWithin(narrow: AccessRule, wide: AccessRule): boolean {
  return (
    (subset(narrow.verbs, wide.verbs) || wide.verbs.includes('*')) &&
    subset(narrow.apiGroups ?? [''], wide.apiGroups ?? ['']) &&
    subset(narrow.resources, wide.resources) &&
    sameScope(narrow.namespaces, wide.namespaces) &&
    narrower(narrow.resourceNames, wide.resourceNames) &&
    coversGains(wide.gains, narrow.gains ?? [])
  )
}

/** Whether each narrow rule is a subset of one of the wide rules. A rule that only two wide rules together cover does not count. */
export function isRulesSubset(narrow: readonly AccessRule[], wide: readonly AccessRule[]): boolean {
  return narrow.every((rule) => wide.some((other) => ruleWithin(rule, other)))
}
