import type { PolicyRule } from '../../api/access-policy.ts'
import { coversRule, type PowerOf } from './covers.ts'

/** A rule that has no effect on the requests that it names. `field`: its path in the policy. */
export type UnreachableRule = { readonly field: string; readonly rule: string; readonly by: string; readonly message: string }

/**
 * Rules that never decide a request that they name, because one rule before them covers all of these requests. A rule that is stricter than Allow may
 * still apply to further requests, which show or change the same objects. Finds no rules that several others cover together.
 */
export function unreachableRules(rules: readonly PolicyRule[], powerOf: PowerOf): readonly UnreachableRule[] {
  return rules.flatMap((rule, index) => {
    const by = rules.slice(0, index).find((earlier) => coversRule(earlier, rule, powerOf))
    if (by === undefined) return []
    const message = `rule "${rule.name}" never decides a request that it names: rule "${by.name}" before it decides all of them; move it up, or remove it`
    return [{ field: `spec.rules[${index}]`, rule: rule.name, by: by.name, message }]
  })
}
