import type { AccessRule } from '../rules.ts'

const subset = (narrow: readonly string[], wide: readonly string[]): boolean => narrow.every((value) => wide.includes(value))

function ruleWithin(narrow: AccessRule, wide: AccessRule): boolean {
  return (
    (subset(narrow.verbs, wide.verbs) || wide.verbs.includes('*')) &&
    subset(narrow.apiGroups ?? [''], wide.apiGroups ?? ['']) &&
    subset(narrow.resources, wide.resources) &&
    (wide.namespaces === undefined
      ? narrow.namespaces === undefined
      : narrow.namespaces !== undefined && subset(narrow.namespaces, wide.namespaces)) &&
    (wide.resourceNames === undefined || (narrow.resourceNames !== undefined && subset(narrow.resourceNames, wide.resourceNames)))
  )
}

/** Whether each narrow rule lies within one of the wide ones. What two wide rules cover only together counts as not within. */
export function rulesWithin(narrow: readonly AccessRule[], wide: readonly AccessRule[]): boolean {
  return narrow.every((rule) => wide.some((other) => ruleWithin(rule, other)))
}
