import { grantPhase, isClassSpent, type AccessGrant, type GrantPhase } from '../../../domain/api/access-grant.ts'
import { trueSince, type Condition } from '../../../domain/api/conditions.ts'
import { USE_CLASSES, type UseClass } from '../../../domain/api/rules.ts'
import { invalid, StatusError, type StatusCause } from '../../../domain/status-error.ts'
import type { JsonObject } from '../../storage/port.ts'

/** Number of recent claims that are stored. Repeating an older claim would take a second use, but only after 256 other uses. */
const REMEMBERED = 256
const AUDIT_ID = /^[\w-]{1,128}$/

function conflict(name: string, phase: Exclude<GrantPhase, 'Active'>): StatusError {
  const message = `Operation cannot be fulfilled on accessgrants.jit.access "${name}": it is ${phase.toLowerCase()}`
  const causes: readonly StatusCause[] = [{ reason: phase, message: `the grant is ${phase.toLowerCase()}` }]
  return new StatusError('Conflict', message, { details: { name, group: 'jit.access', kind: 'accessgrants', causes } })
}

const exhausted = (uses: number, time: string): Condition =>
  trueSince(time, { type: 'Exhausted', reason: 'UsesTaken', message: uses === 1 ? 'its only use is taken' : `all ${uses} uses are taken` })

type Use = { readonly auditID: string; readonly useClass: UseClass | undefined; readonly time: string }

/** A use without a class counts against every class. */
function countedByClass({ spec, status }: AccessGrant, useClass: UseClass | undefined): Pick<NonNullable<AccessGrant['status']>, 'usesByClass'> {
  if (spec.maxUsesByClass === undefined) return {}
  const { usesByClass = {} } = status ?? {}
  const more = (useClass === undefined ? USE_CLASSES : [useClass]).map((each) => [each, (usesByClass[each] ?? 0) + 1] as const)
  return { usesByClass: { ...usesByClass, ...Object.fromEntries(more) } }
}

function withUse(grant: AccessGrant, { auditID, useClass, time }: Use): AccessGrant {
  const { uses: taken = 0, recentClaims = [], conditions = [] } = grant.status ?? {}
  const { maxUses } = grant.spec
  const uses = taken + 1
  const use = { auditID, time, ...(useClass === undefined ? {} : { useClass }) }
  const status = {
    ...grant.status,
    uses,
    ...countedByClass(grant, useClass),
    lastUsed: time,
    recentClaims: [...recentClaims, use].slice(-REMEMBERED),
  }
  if (maxUses === undefined || uses < maxUses) return { ...grant, status }
  return { ...grant, status: { ...status, conditions: [...conditions, exhausted(uses, time)] } }
}

/** A grant whose last use is younger than this part of its idle time is not written again. */
const RENEWED_PART = 8

/**
 * Renews the last use for a request whose response still runs. Takes no use. Only a request that took one may renew it, and a grant that has
 * ended stays ended. @throws StatusError Conflict with the phase as its cause
 */
function renew(grant: AccessGrant, auditID: string, nowMs: number): AccessGrant {
  const { idleSeconds } = grant.spec
  const phase = grantPhase(grant, nowMs)
  // An exhausted grant has not ended for the requests that took its uses.
  if (phase !== 'Active' && phase !== 'Exhausted') throw conflict(grant.metadata.name, phase)
  if (grant.status?.recentClaims?.some((taken) => taken.auditID === auditID) !== true) throw conflict(grant.metadata.name, 'Exhausted')
  const sinceMs = nowMs - Date.parse(grant.status.lastUsed ?? '')
  if (idleSeconds === undefined || sinceMs < (idleSeconds * 1000) / RENEWED_PART) return grant
  return { ...grant, status: { ...grant.status, lastUsed: new Date(nowMs).toISOString() } }
}

/**
 * Takes one use of a grant. An audit ID takes only one use, no matter how often it is claimed: a repeated claim succeeds without a change, also
 * after the grant has ended. The store's compare-and-swap serializes concurrent claims.
 * @throws StatusError Conflict when the grant is not active, with the phase as its cause
 */
export function claim(grant: AccessGrant, { auditID, renews, useClass: given }: JsonObject, nowMs: number): AccessGrant {
  const { name } = grant.metadata
  if (typeof auditID !== 'string' || !AUDIT_ID.test(auditID))
    throw invalid('GrantClaim', name, [
      { reason: 'FieldValueInvalid', field: 'spec.auditID', message: 'Invalid value: must be the audit ID of the request' },
    ])
  if (renews === true) return renew(grant, auditID, nowMs)
  const claims = grant.status?.recentClaims ?? []
  if (claims.some((taken) => taken.auditID === auditID)) return grant
  const phase = grantPhase(grant, nowMs)
  if (phase !== 'Active') throw conflict(name, phase)
  const useClass = USE_CLASSES.find((each) => each === given)
  if (isClassSpent(grant, useClass)) throw conflict(name, 'Exhausted')
  return withUse(grant, { auditID, useClass, time: new Date(nowMs).toISOString() })
}
