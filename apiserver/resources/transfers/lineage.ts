import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { fromEntry, toValue } from '../../machinery/object.ts'
import type { Store, Write } from '../../storage/port.ts'
import { asGrant, asObject } from '../typed.ts'

/** A grant that another one is a part of, as it was read. */
export type Ancestor = { readonly grant: AccessGrant; readonly version: number }

function gone(name: string, from: string): StatusError {
  const message = `Operation cannot be fulfilled on accessgrants.jit.access "${name}": accessgrant "${from}", which it is a part of, was deleted`
  return new StatusError('Conflict', message, {
    details: { name, group: 'jit.access', kind: 'accessgrants', causes: [{ reason: 'Revoked', message: from, field: 'spec.transferredFrom' }] },
  })
}

/** The grants that a grant is a part of, the approved one first. @throws StatusError Conflict when one was deleted */
export async function ancestorsOf({ metadata: { name }, spec }: AccessGrant, store: Store): Promise<readonly Ancestor[]> {
  const found: Ancestor[] = []
  for (const { grantName, grantUID } of spec.transferredFrom ?? []) {
    const entry = await store.get('accessgrants', grantName)
    const grant = entry === undefined ? undefined : asGrant(fromEntry(entry))
    if (entry === undefined || grant === undefined || grant.metadata.uid !== grantUID || grant.metadata.deletionTimestamp !== undefined)
      throw gone(name, grantName)
    found.push({ grant, version: entry.version })
  }
  return found
}

/** The write of a grant that another one is a part of. None if nothing changed. Conflicts when it was changed since it was read. */
export const ancestorWrite = ({ grant, version }: Ancestor, next: AccessGrant): readonly Write[] =>
  next === grant ? [] : [{ resource: 'accessgrants', name: grant.metadata.name, expected: version, value: toValue(asObject(next)) }]
