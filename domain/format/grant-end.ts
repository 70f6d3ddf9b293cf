import { endsIdle, expiryOf, grantPhase, type AccessGrant } from '../api/access-grant.ts'
import { conditionOf } from '../api/conditions.ts'
import { formatDuration } from './duration.ts'

export const formatUses = (uses: number): string => `${uses} ${uses === 1 ? 'use' : 'uses'}`

/** Who revoked it and why, as the server stored it: ` by NAME: REASON`. Empty when the server did not say. The words are unescaped. */
export function revokedBy({ status }: AccessGrant): string {
  const by = (conditionOf(status?.conditions, 'Revoked')?.message ?? '').replace(/: $/, '')
  return by === '' ? '' : ` by ${by}`
}

/** How a grant ended, as a predicate ("was revoked by …"). Undefined while it is live or not yet valid. The words are unescaped. */
export function grantEnd(grant: AccessGrant, nowMs: number): string | undefined {
  switch (grantPhase(grant, nowMs)) {
    case 'Revoked':
      return `was revoked${revokedBy(grant)}`
    case 'Expired':
      return endsIdle(grant) ? `ended: it was not used for ${formatDuration(grant.spec.idleSeconds ?? 0)}` : `expired at ${expiryOf(grant)}`
    case 'Exhausted':
      return `is used up, after ${formatUses(grant.status?.uses ?? 0)}`
    default:
      return undefined
  }
}
