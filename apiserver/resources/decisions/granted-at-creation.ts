import { timestamp } from '../../../domain/api/object-meta.ts'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { trueSince } from '../../../domain/api/conditions.ts'
import type { AccessRequest, AccessRequestStatus } from '../../../domain/api/access-request.ts'
import { toValue } from '../../machinery/object.ts'
import type { Write } from '../../storage/port.ts'
import { asObject } from '../typed.ts'

type Said = { readonly by: NonNullable<AccessRequestStatus['decidedBy']>; readonly reason: string; readonly message: string }

/** A new request that a rule of a policy approves. Its grant must be written in the same commit, under the name of the request. */
export function grantedAtCreation(request: AccessRequest, { by, reason, message }: Said, nowMs: number): AccessRequest {
  const condition = trueSince(timestamp(nowMs), { type: 'Approved', reason, message })
  return { ...request, status: { ...request.status, conditions: [condition], decidedBy: by, grantName: request.metadata.name } }
}

/** Creates the grant; conflicts with a grant of that name. */
export const grantWrite = (grant: AccessGrant): Write => ({
  resource: 'accessgrants',
  name: grant.metadata.name,
  expected: 0,
  value: toValue(asObject(grant)),
})
