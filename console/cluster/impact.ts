import { API_VERSION } from '../../domain/api/names.ts'
import type { AccessRequest } from '../../domain/api/access-request.ts'
import type { AccessImpactStatus } from '../../domain/api/virtual/access-impact.ts'
import { isPending } from '../../domain/approval/place.ts'
import type { UserClient } from './impersonate.ts'
import { orNothing } from './part-reading.ts'

const PATH = `/apis/${API_VERSION}/accessimpacts`

/**
 * What a pending request would touch, as the apiserver reads it. Undefined when the user may not know, or the apiserver is an older one. A failure is
 * part of the answer, since the rest of the page does not need it.
 */
export async function readImpact(client: UserClient, request: AccessRequest, nowMs: number): Promise<AccessImpactStatus | undefined> {
  if (!isPending(request, nowMs)) return undefined
  const body = { apiVersion: API_VERSION, kind: 'AccessImpact', spec: { requestName: request.metadata.name } }
  try {
    return (await orNothing(client.json<{ readonly status?: AccessImpactStatus }>({ method: 'POST', path: PATH, body })))?.status
  } catch {
    return { places: [{ place: 'cluster', lines: ['could not be read now; load the page again'] }] }
  }
}
