import type { AccessGrant } from '../../domain/api/access-grant.ts'

/** Whether a use of the grant was already taken for this audit ID, as the gateway does before it sends a request on. */
export const hasUse = (grant: AccessGrant, auditID: string): boolean =>
  grant.status?.recentClaims?.some((claim) => claim.auditID === auditID) ?? false

/**
 * The grant as it stood before this request took its use: what exhausted it must not refuse the very request that it was for.
 * Revocation and expiry stay.
 */
export function withoutOwnUse(grant: AccessGrant, auditID: string): AccessGrant {
  if (!hasUse(grant, auditID) || grant.status === undefined) return grant
  const { uses = 1, conditions = [], ...status } = grant.status
  return { ...grant, status: { ...status, uses: Math.max(0, uses - 1), conditions: conditions.filter(({ type }) => type !== 'Exhausted') } }
}
