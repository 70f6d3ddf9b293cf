import type { AccessGrant } from '../../domain/api/access-grant.ts'

/** Whether a use of the grant was already taken for this audit ID. The gateway takes it before it forwards a request. */
export const hasUse = (grant: AccessGrant, auditID: string): boolean =>
  grant.status?.recentClaims?.some((claim) => claim.auditID === auditID) ?? false

/**
 * The grant as it was before this request took its use, so that a request that took the last use is not refused as exhausted.
 * Revocation and expiry still apply.
 */
export function withoutOwnUse(grant: AccessGrant, auditID: string): AccessGrant {
  if (!hasUse(grant, auditID) || grant.status === undefined) return grant
  const { uses = 1, conditions = [], ...status } = grant.status
  return { ...grant, status: { ...status, uses: Math.max(0, uses - 1), conditions: conditions.filter(({ type }) => type !== 'Exhausted') } }
}
