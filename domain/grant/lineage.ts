import { grantPhase, type AccessGrant } from '../api/access-grant.ts'

/** Looks up a grant of any user by name. */
export type GrantByName = (name: string) => AccessGrant | undefined

/** The grants that a grant is a part of, the approved one first. */
export const ancestorNames = ({ spec }: AccessGrant): readonly string[] => (spec.transferredFrom ?? []).map(({ grantName }) => grantName)

/**
 * Whether every grant that a transferred grant is a part of still lives. One whose uses are all taken does: the request that took the last one may
 * still run, and jit-apiserver takes no more. Without a lookup, a transferred grant does not live.
 */
export function isRooted({ spec }: AccessGrant, nowMs: number, named: GrantByName | undefined): boolean {
  return (spec.transferredFrom ?? []).every(({ grantName, grantUID }) => {
    const from = named?.(grantName)
    if (from === undefined || from.metadata.uid !== grantUID || from.metadata.deletionTimestamp !== undefined) return false
    const phase = grantPhase(from, nowMs)
    return phase === 'Active' || phase === 'Exhausted'
  })
}
