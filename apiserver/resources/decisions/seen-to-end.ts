import { grantEndMs, grantPhase, type AccessGrant } from '../../../domain/api/access-grant.ts'
import { holds, trueSince } from '../../../domain/api/conditions.ts'
import { toValue } from '../../machinery/object.ts'
import { WriteConflict, type StoredEntry, type Store, type Write } from '../../storage/port.ts'
import { asObject } from '../typed.ts'

/**
 * The write that keeps an ended grant ended: after a clock that jumped forward and back, its end would lie in the future again. Undefined when the grant
 * has not ended, was revoked, or is marked already.
 */
export function markEnded(grant: AccessGrant, { name, version }: Pick<StoredEntry, 'name' | 'version'>, nowMs: number): Write | undefined {
  const { conditions = [] } = grant.status ?? {}
  if (grantPhase(grant, nowMs) !== 'Expired' || holds(conditions, 'Expired')) return undefined
  // An unreadable end is over, too.
  const endMs = grantEndMs(grant)
  const time = new Date(Number.isNaN(endMs) ? nowMs : endMs).toISOString()
  const expired = trueSince(time, { type: 'Expired', reason: 'TimeOver', message: 'its time is over' })
  const others = conditions.filter(({ type }) => type !== 'Expired')
  const object = asObject({ ...grant, status: { ...grant.status, conditions: [...others, expired] } })
  return { resource: 'accessgrants', name, expected: version, value: toValue(object) }
}

/** Marks a grant that a use found ended. A conflict leaves it to the next use, or to the next sweep. */
export async function seenToEnd(grant: AccessGrant, nowMs: number, store: Store): Promise<void> {
  const write = markEnded(grant, { name: grant.metadata.name, version: Number(grant.metadata.resourceVersion) }, nowMs)
  if (write === undefined) return
  try {
    await store.commit([write])
  } catch (error) {
    if (!(error instanceof WriteConflict)) throw error
  }
}
