import { GRANTS_PATH, API_VERSION, objectPath } from '../../domain/api/names.ts'
import type { UseClass } from '../../domain/api/rules.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'

/** Takes one use of a grant for an audit ID. Idempotent: repeated calls take one use. Returns false when the grant has ended. */
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

const ENDED: ReadonlySet<number> = new Set([403, 404, 409, 410])

export function createClaim(client: KubeClient): Claim {
  return async (grant, auditID, { renews = false, useClass } = {}) => {
    try {
      await client.json({
        method: 'POST',
        path: objectPath(GRANTS_PATH, grant, 'claim'),
        body: {
          apiVersion: API_VERSION,
          kind: 'GrantClaim',
          spec: { auditID, ...(renews ? { renews } : {}), ...(useClass === undefined ? {} : { useClass }) },
        },
      })
      return true
    } catch (error) {
      if (error instanceof StatusError && ENDED.has(error.code)) return false
      // The use may have been taken. The request is not forwarded, so at worst a use is lost.
      throw new StatusError('ServiceUnavailable', 'a use of the grant could not be taken', { cause: error, details: { retryAfterSeconds: 2 } })
    }
  }
}
