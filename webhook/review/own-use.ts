import type { AccessGrant } from '../../domain/api/access-grant.ts'
import { USE_CLASSES, type UseClass } from '../../domain/api/rules.ts'

/** Whether a use of the grant was already taken for this audit ID. The gateway takes it before it forwards a request. */
export const hasUse = (grant: AccessGrant, auditID: string): boolean =>
  grant.status?.recentClaims?.some((claim) => claim.auditID === auditID) ?? false

type ByClass = NonNullable<AccessGrant['status']>['usesByClass']

function withoutClass(usesByClass: ByClass, own: UseClass | undefined): { readonly usesByClass?: NonNullable<ByClass> } {
  if (usesByClass === undefined) return {}
  const less = (own === undefined ? USE_CLASSES : [own]).map((each) => [each, Math.max(0, (usesByClass[each] ?? 0) - 1)] as const)
  return { usesByClass: { ...usesByClass, ...Object.fromEntries(less) } }
}

/**
 * The grant as it was before this request took its use, so that a request that took the last use is not refused as exhausted.
 * Revocation and expiry still apply.
 */
export function withoutOwnUse(grant: AccessGrant, auditID: string): AccessGrant {
  if (!hasUse(grant, auditID) || grant.status === undefined) return grant
  const { uses = 1, conditions = [], usesByClass, ...status } = grant.status
  const own = status.recentClaims?.find((claim) => claim.auditID === auditID)?.useClass
  return {
    ...grant,
    status: {
      ...status,
      uses: Math.max(0, uses - 1),
      ...withoutClass(usesByClass, own),
      conditions: conditions.filter(({ type }) => type !== 'Exhausted'),
    },
  }
}
