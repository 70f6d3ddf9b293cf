import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { MAX_APPROVERS, type ApprovalGroup } from '../../../domain/api/approvals/policy-approvals.ts'
import { RISKS } from '../../../domain/api/approvals/risk.ts'
import { certainlyMissing } from '../../../domain/approval/approval.ts'
import type { StatusCause } from '../../../domain/status-error.ts'
import { subjectFaults } from './subject-faults.ts'

type Approvals = NonNullable<AccessPolicy['spec']['approvals']>
type Subject = ApprovalGroup['subjects'][number]

const invalid = (field: string, message: string): StatusCause => ({ reason: 'FieldValueInvalid', field, message: `Invalid value: ${message}` })
const requiredOf = ({ required = 1 }: ApprovalGroup): number => required

/** Errors of `spec.approvals` that the schema cannot express: no request could ever be approved, or a name is ambiguous. */
export function approvalFaults({ groups = [] }: Approvals = {}): readonly StatusCause[] {
  const field = 'spec.approvals.groups'
  const repeated = groups.flatMap(({ name }, index): readonly StatusCause[] =>
    groups.findIndex((group) => group.name === name) === index
      ? []
      : [{ reason: 'FieldValueDuplicate', field: `${field}[${index}].name`, message: `Duplicate value: "${name}"` }],
  )
  const subjects = groups.flatMap((group, index) => subjectFaults(group.subjects, `${field}[${index}].subjects`))
  const total = groups.reduce((sum, group) => sum + requiredOf(group), 0)
  const tooMany = total > MAX_APPROVERS ? [invalid(field, `they require ${total} approvals together, and at most ${MAX_APPROVERS} are possible`)] : []
  const never = certainlyMissing(groups).map(({ index, count }) =>
    invalid(
      `${field}[${index}].required`,
      `${count} more than its subjects can give, since they name too few users and a user counts for one group only`,
    ),
  )
  return [...repeated, ...subjects, ...tooMany, ...never]
}

const same = (a: Subject, b: Subject): boolean => a.kind === b.kind && a.name === b.name && a.namespace === b.namespace

/** Likely errors of `spec.approvals`, for warnings. */
export function approvalWarnings({ spec }: AccessPolicy): readonly string[] {
  const { groups = [], requiredByRisk = {} } = spec.approvals ?? {}
  const governed = groups.flatMap(({ name, subjects }, index) =>
    subjects.every((subject) => spec.subjects.some((each) => same(each, subject)))
      ? [`spec.approvals.groups[${index}].subjects: the policy governs every subject of group "${name}", and a governed user cannot approve`]
      : [],
  )
  const everybody = groups.flatMap(({ name, subjects }, index) =>
    subjects.some((subject) => subject.kind === 'Group' && subject.name === 'system:authenticated')
      ? [`spec.approvals.groups[${index}].subjects: every user belongs to group "${name}"`]
      : [],
  )
  const numbers = RISKS.map((risk) => requiredByRisk[risk])
  const lower = RISKS.flatMap((risk, index) => {
    const number = numbers[index]
    const most = Math.max(0, ...numbers.slice(0, index).map((each) => each ?? 0))
    return number !== undefined && number < most ? [`spec.approvals.requiredByRisk.${risk}: has no effect, since a lower risk requires ${most}`] : []
  })
  return [...governed, ...everybody, ...lower]
}
