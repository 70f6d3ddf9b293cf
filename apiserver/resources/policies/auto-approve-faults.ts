import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { strictestLimits } from '../../../domain/policy/request-limits.ts'
import type { StatusCause } from '../../../domain/status-error.ts'
import { autoApproveProblem } from '../../../server/conditions/auto-approve.ts'

const FIELD = 'spec.approvals.autoApprove'

/** Errors of `spec.approvals.autoApprove` that the schema cannot express. */
export function autoApproveFaults({ approvals = {} }: AccessPolicy['spec']): readonly StatusCause[] {
  const rules = approvals.autoApprove ?? []
  return rules.flatMap(({ name, condition }, index): readonly StatusCause[] => {
    const field = `${FIELD}[${index}]`
    const problem = autoApproveProblem(condition)
    return [
      ...(rules.findIndex((rule) => rule.name === name) === index
        ? []
        : [{ reason: 'FieldValueDuplicate' as const, field: `${field}.name`, message: `Duplicate value: "${name}"` }]),
      ...(problem === undefined ? [] : [{ reason: 'FieldValueInvalid' as const, field: `${field}.condition`, message: `Invalid value: ${problem}` }]),
    ]
  })
}

/** Warnings about rules that are valid and do less than they say. */
export function autoApproveWarnings(policy: AccessPolicy): readonly string[] {
  const rules = policy.spec.approvals?.autoApprove ?? []
  const { maxDurationSeconds: longest } = strictestLimits([policy])
  const long = rules.flatMap(({ maxDurationSeconds = 0 }, index) =>
    maxDurationSeconds > longest
      ? [`${FIELD}[${index}].maxDurationSeconds: has no effect, since requests.maxDurationSeconds allows at most ${longest}`]
      : [],
  )
  const always = rules.flatMap(({ condition }, index) =>
    condition.trim() === 'true' ? [`${FIELD}[${index}].condition: it is true for every request whose risk is not Critical`] : [],
  )
  return [...long, ...always]
}
