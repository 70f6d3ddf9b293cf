import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { strictestLimits } from '../../../domain/policy/request-limits.ts'
import type { StatusCause } from '../../../domain/status-error.ts'

const FIELD = 'spec.notBefore'
/** How far in the past a start may be when the request arrives, since clocks differ and requests take time. */
const TOLERANCE_MS = 60_000

/** Why a request may not start when it asks to. Each policy is checked separately. A time that has passed while the request was pending is fine. */
export function leadFaults(policies: readonly AccessPolicy[], { spec }: AccessRequest, nowMs: number): readonly StatusCause[] {
  const { notBefore } = spec
  if (notBefore === undefined) return []
  return policies.flatMap((policy) => {
    const { maxLeadSeconds } = strictestLimits([policy])
    // Written as a negation so that an unreadable time is refused.
    if (Date.parse(notBefore) - nowMs <= maxLeadSeconds * 1000) return []
    const message = `Invalid value: ${notBefore}: policy "${policy.metadata.name}" allows a start at most ${maxLeadSeconds} seconds ahead`
    return [{ reason: 'FieldValueInvalid', field: FIELD, message }]
  })
}

/** Why a new request may not start when it asks to. */
export function startFaults(policies: readonly AccessPolicy[], request: AccessRequest, nowMs: number): readonly StatusCause[] {
  const { notBefore, operation } = request.spec
  if (notBefore === undefined) return []
  if (operation !== undefined)
    return [{ reason: 'FieldValueForbidden', field: FIELD, message: 'Forbidden: an operation runs when it is approved, or when it is repeated' }]
  if (Date.parse(notBefore) < nowMs - TOLERANCE_MS) {
    const message = `Invalid value: ${notBefore}: it is in the past; leave it out to start at the approval`
    return [{ reason: 'FieldValueInvalid', field: FIELD, message }]
  }
  return leadFaults(policies, request, nowMs)
}
