import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { endOfAncestor } from '../../../domain/grant/lineage.ts'
import { fromEntry } from '../../machinery/object.ts'
import type { Store } from '../../storage/port.ts'
import { asGrant } from '../typed.ts'

/**
 * A transferred grant as it is shown: with the end of the grant that it is a part of, if that one has ended. This is never stored: to revoke a grant
 * must not conflict with the uses of its parts, which their subjects can make all the time.
 */
export async function withInheritedEnd(grant: AccessGrant, nowMs: number, store: Store): Promise<AccessGrant> {
  const from = grant.spec.transferredFrom ?? []
  if (from.length === 0) return grant
  const ancestors = new Map<string, AccessGrant>()
  for (const { grantName } of from) {
    const entry = await store.get('accessgrants', grantName)
    if (entry !== undefined) ancestors.set(grantName, asGrant(fromEntry(entry)))
  }
  const end = endOfAncestor(grant, nowMs, (name) => ancestors.get(name))
  return end === undefined ? grant : { ...grant, status: { ...grant.status, conditions: [...(grant.status?.conditions ?? []), end] } }
}
