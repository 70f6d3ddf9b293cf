import { GRANTS_PATH, API_VERSION, objectPath } from '../../domain/api/names.ts'
import type { UseClass } from '../../domain/api/rules.ts'
import { isClaimConflict, refusesClaim } from '../../domain/grant/claim-refusal.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeCall, KubeClient } from '../../kube/client.ts'

/** Takes one use of a grant for an audit ID. Idempotent: repeated calls take one use. Returns false when the grant gives none. */
export type Claim = (
  grant: string,
  auditID: string,
  options?: {
    /** Takes no use, but says that the request that took one still runs. Optional. Defaults to false. */
    readonly renews?: boolean
    /** Class of the use. Optional. Defaults to every class. */
    readonly useClass?: UseClass | undefined
  },
) => Promise<boolean>

/** Concurrent claims of one grant conflict and are repeated, after those that jit-apiserver repeats itself. */
const ATTEMPTS = 8

export function createClaim(client: KubeClient): Claim {
  return async (grant, auditID, { renews = false, useClass } = {}) => {
    const spec = { auditID, ...(renews ? { renews } : {}), ...(useClass === undefined ? {} : { useClass }) }
    const body = { apiVersion: API_VERSION, kind: 'GrantClaim', spec }
    const call: KubeCall = { method: 'POST', path: objectPath(GRANTS_PATH, grant, 'claim'), body }
    for (let attempt = 1; ; attempt++) {
      try {
        await client.json(call)
        return true
      } catch (error) {
        if (refusesClaim(error, grant)) return false
        if (isClaimConflict(error, grant) && attempt < ATTEMPTS) continue
        // The use may have been taken. The request is not forwarded, so at worst a use is lost.
        throw new StatusError('ServiceUnavailable', 'a use of the grant could not be taken', { cause: error, details: { retryAfterSeconds: 2 } })
      }
    }
  }
}
