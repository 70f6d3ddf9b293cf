import { GRANTS_PATH, objectPath } from '../../domain/api/names.ts'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import { holds } from '../../domain/api/conditions.ts'
import { saysAbsent, StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Claims } from './claims.ts'
import { hasUse } from '../review/own-use.ts'
import { CALL_TIMEOUT_MS } from './view.ts'

/**
 * Claims for a webhook that does not authenticate its callers: any client that reaches its port can send a review in another user's name, so
 * this implementation never takes a use. It accepts a use that the gateway took before it forwarded the request, which only requires a read.
 * A request that bypasses the gateway therefore cannot use a grant with counted uses and is refused.
 */
export function createTakenUses(client: KubeClient): Claims {
  return {
    take: async (grantName, auditID) => {
      const grant = await read(client, grantName)
      if (grant === undefined || holds(grant.status?.conditions, 'Revoked')) return 'spent'
      if (hasUse(grant, auditID)) return 'taken'
      throw new StatusError(
        'Forbidden',
        `the uses of grant "${grantName}" are counted, and only the gateway can take one here: send the request through the gateway. (This webhook cannot tell who calls it; an admin can set its clientCAFile)`,
      )
    },
  }
}

async function read(client: KubeClient, name: string): Promise<AccessGrant | undefined> {
  try {
    return await client.json<AccessGrant>({ method: 'GET', path: objectPath(GRANTS_PATH, name), timeoutMs: CALL_TIMEOUT_MS })
  } catch (error) {
    if (saysAbsent(error, { resource: 'accessgrants', name })) return undefined
    throw new StatusError(
      'ServiceUnavailable',
      `jit-access cannot decide: grant "${name}" cannot be read now; the request was not denied, try again`,
      {
        cause: error,
      },
    )
  }
}
