import { coversGains } from '../gain.ts'
import type { AccessRule } from '../api/rules.ts'

const subset = (narrow: readonly string[], wide: readonly string[]): boolean => narrow.every((value) => wide.includes(value))

/** Of lists where leaving out means every value. */
const narrower = (narrow: readonly string[] | undefined, wide: readonly string[] | undefined): boolean =>
  wide === undefined || (narrow !== undefined && subset(narrow, wide))

/** Of namespaces, where leaving out means cluster-scoped objects alone: neither lies within the other. */
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

/** Whether each narrow rule lies within one of the wide ones. What two wide rules cover only together counts as not within. */
export function rulesWithin(narrow: readonly AccessRule[], wide: readonly AccessRule[]): boolean {
  return narrow.every((rule) => wide.some((other) => ruleWithin(rule, other)))
}
