import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { conditionOf, type Condition } from '../../../domain/api/conditions.ts'
import { invalid, type StatusError } from '../../../domain/status-error.ts'
import { sameSpec } from '../requests/plan-readers.ts'

const DECISIONS = ['Approved', 'Denied', 'Withdrawn'] as const
export type DecisionCondition = Condition & { readonly type: (typeof DECISIONS)[number] }

const forbid = (name: string, message: string): StatusError =>
  invalid('AccessRequest', name, [{ reason: 'FieldValueForbidden', field: 'status.conditions', message: `Forbidden: ${message}` }])

/** Existing conditions may not be changed or removed. */
function checkKept(before: readonly Condition[], after: readonly Condition[], name: string): void {
  for (const { type, status } of before) {
    if (conditionOf(after, type)?.status !== status) throw forbid(name, `condition ${type} may not be removed or changed`)
  }
}

function isDecision(condition: Condition): condition is DecisionCondition {
  return (DECISIONS as readonly string[]).includes(condition.type)
}

/** The single decision that a client adds. @throws StatusError Invalid for any other change */
export function decisionIn(next: AccessRequest, old: AccessRequest): DecisionCondition {
  const { name } = old.metadata
  if (!sameSpec(next, old))
    throw invalid('AccessRequest', name, [{ reason: 'FieldValueInvalid', field: 'spec', message: 'Invalid value: field is immutable' }])
  const [before, after] = [old.status?.conditions ?? [], next.status?.conditions ?? []]
  checkKept(before, after, name)
  const [decision, ...more] = after.filter(({ type }) => conditionOf(before, type) === undefined)
  if (decision === undefined || more.length > 0) throw forbid(name, `add exactly one condition: ${DECISIONS.join(', ')}`)
  if (!isDecision(decision)) throw forbid(name, `condition ${decision.type} is not one of ${DECISIONS.join(', ')}`)
  if (decision.status !== 'True') throw forbid(name, `condition ${decision.type} must have status True`)
  return decision
}
