import { grantPhase, type AccessGrant, type GrantPhase } from '../api/access-grant.ts'
import type { Identity } from '../identity.ts'
import { isRooted, type GrantByName } from './lineage.ts'

export type LiveInput = {
  readonly identity: Identity
  readonly nowMs: number
  readonly cluster?: string
  /** Looks up the grants that others are a part of. Absent: transferred grants give no access. */
  readonly named?: GrantByName
}

function isIn(phase: GrantPhase, grant: AccessGrant, { identity, nowMs, cluster, named }: LiveInput): boolean {
  if (grant.metadata.deletionTimestamp !== undefined) return false
  if (grant.spec.subject.username !== identity.username) return false
  if (grant.spec.cluster !== undefined && grant.spec.cluster !== cluster) return false
  return grantPhase(grant, nowMs) === phase && isRooted(grant, nowMs, named)
}

/** Whether a grant gives its subject access at this time, in this cluster. */
export const isLive = (grant: AccessGrant, input: LiveInput): boolean => isIn('Active', grant, input)

/** Whether a grant will give its subject access in this cluster, and has not started. */
export const isUpcoming = (grant: AccessGrant, input: LiveInput): boolean => isIn('NotYetValid', grant, input)
