import { grantPhase, type AccessGrant } from '../../domain/access-grant.ts'
import { invalid, StatusError } from '../../domain/status-error.ts'
import type { Json } from '../storage/port.ts'

/** How many claims are remembered. A repeat of an older one would take a second use; it would have to come 256 uses later. */
const REMEMBERED = 256
const AUDIT_ID = /^[\w-]{1,128}$/

/**
 * Takes one use of a grant. The same audit ID takes one use however often it is claimed, also after the grant has ended: the
 * answer to a repeat is what the first one was. Whether two claims race is settled by the store's compare-and-swap.
 * @throws StatusError Conflict when the grant is not active, with the phase as its cause
 */
export function claim(grant: AccessGrant, auditID: Json | undefined, nowMs: number): AccessGrant {
  const { name } = grant.metadata
  if (typeof auditID !== 'string' || !AUDIT_ID.test(auditID))
    throw invalid('GrantClaim', name, [
      { reason: 'FieldValueInvalid', field: 'spec.auditID', message: 'Invalid value: the audit ID of the request is expected' },
    ])
  const claims = grant.status?.recentClaims ?? []
  if (claims.some((taken) => taken.auditID === auditID)) return grant
  const phase = grantPhase(grant, nowMs)
  if (phase !== 'Active') {
    throw new StatusError('Conflict', `Operation cannot be fulfilled on accessgrants.jit.access "${name}": it is ${phase.toLowerCase()}`, {
      details: { name, group: 'jit.access', kind: 'accessgrants', causes: [{ reason: phase, message: `the grant is ${phase.toLowerCase()}` }] },
    })
  }
  const time = new Date(nowMs).toISOString()
  const uses = (grant.status?.uses ?? 0) + 1
  const conditions = grant.status?.conditions ?? []
  const exhausted = grant.spec.maxUses !== undefined && uses >= grant.spec.maxUses
  return {
    ...grant,
    status: {
      ...grant.status,
      uses,
      lastUsed: time,
      recentClaims: [...claims, { auditID, time }].slice(-REMEMBERED),
      ...(exhausted
        ? {
            conditions: [
              ...conditions,
              {
                type: 'Exhausted',
                status: 'True',
                reason: 'UsesTaken',
                message: `all ${uses} uses are taken`,
                lastUpdateTime: time,
                lastTransitionTime: time,
              },
            ],
          }
        : {}),
    },
  }
}
