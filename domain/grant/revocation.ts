import type { AccessGrant } from '../api/access-grant.ts'

/** The grant with the condition that revokes it. @param reason which program revokes */
export function withRevocation(
  grant: AccessGrant,
  { reason, message }: { readonly reason: string; readonly message?: string | undefined },
): AccessGrant {
  const revoked = { type: 'Revoked', status: 'True', reason, ...(message === undefined ? {} : { message }) } as const
  return { ...grant, status: { ...grant.status, conditions: [...(grant.status?.conditions ?? []), revoked] } }
}

/**
 * The grant without the version that was read, so that the server adds the revocation to any version. A subject that uses its grant all the time could
 * otherwise prevent its revocation, since each use changes the grant.
 */
export function withoutResourceVersion(grant: AccessGrant): AccessGrant {
  const { resourceVersion: _, ...metadata } = grant.metadata
  return { ...grant, metadata }
}
