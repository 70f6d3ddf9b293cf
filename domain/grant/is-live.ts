import { grantPhase, type AccessGrant } from '../api/access-grant.ts'
import type { Identity } from '../identity.ts'

export type LiveInput = { readonly identity: Identity; readonly nowMs: number; readonly cluster?: string }

/** Whether a grant gives its subject access at this time, in this cluster. */
export function isLive(grant: AccessGrant, { identity, nowMs, cluster }: LiveInput): boolean {
  if (grant.metadata.deletionTimestamp !== undefined) return false
  if (grant.spec.subject.username !== identity.username) return false
  if (grant.spec.cluster !== undefined && grant.spec.cluster !== cluster) return false
  return grantPhase(grant, nowMs) === 'Active'
}
