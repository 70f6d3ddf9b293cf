import { grantEndMs, grantPhase, type AccessGrant } from '../api/access-grant.ts'
import { conditionOf, type Condition } from '../api/conditions.ts'

/** Looks up a grant of any user by name. */
export type GrantByName = (name: string) => AccessGrant | undefined

/** The grants that a grant is a part of, the approved one first. */
export const ancestorNames = ({ spec }: AccessGrant): readonly string[] => (spec.transferredFrom ?? []).map(({ grantName }) => grantName)

/** The grant under a name, if it is the one of this UID and stays. */
function still(from: AccessGrant | undefined, uid: string): AccessGrant | undefined {
  return from === undefined || from.metadata.uid !== uid || from.metadata.deletionTimestamp !== undefined ? undefined : from
}

/**
 * Whether every grant that a transferred grant is a part of still lives. One whose uses are all taken does: the request that took the last one may
 * still run, and jit-apiserver takes no more. Without a lookup, a transferred grant does not live.
 */
export function isRooted({ spec }: AccessGrant, nowMs: number, named: GrantByName | undefined): boolean {
  return (spec.transferredFrom ?? []).every(({ grantName, grantUID }) => {
    const from = still(named?.(grantName), grantUID)
    if (from === undefined) return false
    const phase = grantPhase(from, nowMs)
    return phase === 'Active' || phase === 'Exhausted'
  })
}

const timeOf = (from: AccessGrant, phase: 'Revoked' | 'Expired'): string | undefined => {
  const endMs = grantEndMs(from)
  return conditionOf(from.status?.conditions, phase)?.lastTransitionTime ?? (Number.isNaN(endMs) ? undefined : new Date(endMs).toISOString())
}

type End = { readonly type: 'Revoked' | 'Expired'; readonly time: string | undefined }

function endOf(from: AccessGrant | undefined, nowMs: number): End | undefined {
  if (from === undefined) return { type: 'Revoked', time: undefined }
  const phase = grantPhase(from, nowMs)
  return phase === 'Revoked' || phase === 'Expired' ? { type: phase, time: timeOf(from, phase) } : undefined
}

/**
 * The end of a transferred grant that has not ended itself, because one that it is a part of has: the condition that it is shown with. Undefined when all
 * of them live, or are used up.
 */
export function endOfAncestor(grant: AccessGrant, nowMs: number, named: GrantByName): Condition | undefined {
  const own = grantPhase(grant, nowMs)
  if (own === 'Revoked' || own === 'Expired') return undefined
  for (const { grantName, grantUID } of grant.spec.transferredFrom ?? []) {
    const ended = endOf(still(named(grantName), grantUID), nowMs)
    if (ended === undefined) continue
    const { type, time } = ended
    const times = time === undefined ? {} : { lastUpdateTime: time, lastTransitionTime: time }
    return { type, status: 'True', reason: 'TransferredFrom', message: `accessgrant "${grantName}", which it is a part of, has ended`, ...times }
  }
  return undefined
}
