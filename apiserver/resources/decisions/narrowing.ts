import type { AccessRequest, Narrowed } from '../../../domain/api/access-request.ts'
import { isRevealSubset } from '../../../domain/grant/reveal-subset.ts'
import { isRulesSubset } from '../../../domain/grant/rule-subset.ts'
import { invalid, type StatusCause } from '../../../domain/status-error.ts'

type Limits = {
  readonly durationSeconds: number
  readonly maxUses: number
  readonly rules: NonNullable<Narrowed['rules']>
  readonly reveal: NonNullable<Narrowed['reveal']>
  readonly left: string
}

const wide = (field: string, message: string): StatusCause => ({
  reason: 'FieldValueInvalid',
  field: `status.narrowed.${field}`,
  message: `Invalid value: ${message}`,
})

function limitsOf({ spec, status }: AccessRequest): Limits {
  const { durationSeconds = 0, maxUses = Number.POSITIVE_INFINITY, rules = [], reveal = [] } = { ...spec, ...status?.narrowed }
  return { durationSeconds, maxUses, rules, reveal, left: status?.narrowed === undefined ? 'asked for' : 'left by an earlier approver' }
}

function faultsOf(narrowed: Narrowed, { durationSeconds, maxUses, rules, reveal, left }: Limits): readonly StatusCause[] {
  const causes: StatusCause[] = []
  if ((narrowed.durationSeconds ?? 0) > durationSeconds) causes.push(wide('durationSeconds', `longer than the ${durationSeconds} seconds ${left}`))
  if ((narrowed.maxUses ?? 0) > maxUses) causes.push(wide('maxUses', `more than the ${maxUses} uses ${left}`))
  if (narrowed.rules !== undefined && !isRulesSubset(narrowed.rules, rules)) causes.push(wide('rules', `not within the rules ${left}`))
  if (narrowed.reveal !== undefined && !isRevealSubset(narrowed.reveal, reveal)) causes.push(wide('reveal', `not within the keys ${left}`))
  return causes
}

/**
 * The access that approvers left of the request, including earlier approvers. Access wider than requested, or than an earlier approver left, is
 * refused, since the earlier approvers did not agree to it. @throws StatusError Invalid
 */
export function narrowedIn(next: AccessRequest, old: AccessRequest): Narrowed | undefined {
  const narrowed = next.status?.narrowed
  if (narrowed === undefined) return old.status?.narrowed
  const causes = faultsOf(narrowed, limitsOf(old))
  if (causes.length > 0) throw invalid('AccessRequest', old.metadata.name, causes)
  return { ...old.status?.narrowed, ...narrowed }
}
