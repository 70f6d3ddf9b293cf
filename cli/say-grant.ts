import { grantPhase, type AccessGrant } from '../domain/access-grant.ts'
import { conditionOf } from '../domain/conditions.ts'
import type { FoundGrant } from './read-grant.ts'
import { sayLeft } from './say-request.ts'
import { shortName } from './output.ts'
import { oneLine } from './untrusted.ts'

const sayUses = (uses: number): string => `${uses} ${uses === 1 ? 'use' : 'uses'}`

/** Who revoked it and why, as the server wrote it down: `NAME: REASON`, or `NAME: ` by an older one. */
export function sayRevoked({ status }: AccessGrant): string {
  const by = (conditionOf(status?.conditions, 'Revoked')?.message ?? '').replace(/: $/, '')
  return by === '' ? '' : ` by ${oneLine(by)}`
}

/** How a grant came to its end, as what is said of it; undefined while it gives anything, or will, or nothing is known of it. */
export function sayGrantEnd(grant: FoundGrant, nowMs: number): string | undefined {
  if (grant === undefined) return undefined
  if (grant === 'gone') return 'is gone: it was deleted, or ended long ago'
  switch (grantPhase(grant, nowMs)) {
    case 'Revoked':
      return `was revoked${sayRevoked(grant)}`
    case 'Expired':
      return `expired at ${oneLine(grant.spec.expiresAt)}`
    case 'Exhausted':
      return `is used up, after ${sayUses(grant.status?.uses ?? 0)}`
    default:
      return undefined
  }
}

/** `accessgrant.jit.access/NAME ends at TIME (in 5m), 1 use`, or how it ended. */
export function sayGrant(grant: AccessGrant, nowMs: number): string {
  const end = sayGrantEnd(grant, nowMs)
  if (end !== undefined) return `${shortName(grant)} ${end}`
  const { expiresAt, maxUses } = grant.spec
  const taken = grant.status?.uses ?? 0
  const uses =
    maxUses === undefined ? 'any number of uses' : `${taken > 0 ? `${maxUses - taken} of ` : ''}${sayUses(maxUses)}${taken > 0 ? ' left' : ''}`
  return `${shortName(grant)} ends at ${oneLine(expiresAt)} (in ${sayLeft(expiresAt, nowMs)}), ${uses}`
}
