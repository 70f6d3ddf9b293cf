import { grantPhase, type AccessGrant, type GrantPhase } from '../../../domain/api/access-grant.ts'
import type { Condition } from '../../../domain/api/conditions.ts'
import { invalid, StatusError, type StatusCause } from '../../../domain/status-error.ts'
import type { Json } from '../../storage/port.ts'

/** Number of recent claims that are stored. Repeating an older claim would take a second use, but only after 256 other uses. */
const REMEMBERED = 256
const AUDIT_ID = /^[\w-]{1,128}$/

function conflict(name: string, phase: Exclude<GrantPhase, 'Active'>): StatusError {
  const message = `Operation cannot be fulfilled on accessgrants.jit.access "${name}": it is ${phase.toLowerCase()}`
  const causes: readonly StatusCause[] = [{ reason: phase, message: `the grant is ${phase.toLowerCase()}` }]
  return new StatusError('Conflict', message, { details: { name, group: 'jit.access', kind: 'accessgrants', causes } })
}

function exhausted(uses: number, time: string): Condition {
  return {
    type: 'Exhausted',
    status: 'True',
    reason: 'UsesTaken',
    message: `all ${uses} uses are taken`,
    lastUpdateTime: time,
    lastTransitionTime: time,
  }
}

function withUse(grant: AccessGrant, auditID: string, time: string): AccessGrant {
  const { uses: taken = 0, recentClaims = [], conditions = [] } = grant.status ?? {}
  const { maxUses } = grant.spec
  const uses = taken + 1
  const status = { ...grant.status, uses, lastUsed: time, recentClaims: [...recentClaims, { auditID, time }].slice(-REMEMBERED) }
  if (maxUses === undefined || uses < maxUses) return { ...grant, status }
  return { ...grant, status: { ...status, conditions: [...conditions, exhausted(uses, time)] } }
}

/**
 * Takes one use of a grant. An audit ID takes only one use, no matter how often it is claimed: a repeated claim succeeds without a change, also
 * after the grant has ended. The store's compare-and-swap serializes concurrent claims.
 * @throws StatusError Conflict when the grant is not active, with the phase as its cause
 */
export function claim(grant: AccessGrant, auditID: Json | undefined, nowMs: number): AccessGrant {
  const { name } = grant.metadata
  if (typeof auditID !== 'string' || !AUDIT_ID.test(auditID))
    throw invalid('GrantClaim', name, [
      { reason: 'FieldValueInvalid', field: 'spec.auditID', message: 'Invalid value: must be the audit ID of the request' },
    ])
  const claims = grant.status?.recentClaims ?? []
  if (claims.some((taken) => taken.auditID === auditID)) return grant
  const phase = grantPhase(grant, nowMs)
  if (phase !== 'Active') throw conflict(name, phase)
  return withUse(grant, auditID, new Date(nowMs).toISOString())
}
