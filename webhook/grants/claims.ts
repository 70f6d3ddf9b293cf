import type { AccessGrant } from '../../domain/api/access-grant.ts'
import { holds } from '../../domain/api/conditions.ts'
import { GRANTS_PATH, API_VERSION, objectPath } from '../../domain/api/names.ts'
import type { UseClass } from '../../domain/api/rules.ts'
import { isClaimConflict, refusesClaim } from '../../domain/grant/claim-refusal.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import { CALL_TIMEOUT_MS } from './view.ts'

/** `taken`: one use was taken for this audit ID, now or before. `spent`: the grant has none left, or has ended. */
export type ClaimResult = 'taken' | 'spent'

/** Takes uses of grants. @throws StatusError ServiceUnavailable when it is unknown whether a use was taken; the caller must refuse */
export type Claims = { take(grantName: string, auditID: string, useClass?: UseClass): Promise<ClaimResult> }

/** Concurrent claims of one grant conflict and are retried. Enough for a hundred at once. */
const ATTEMPTS = 8

export function createClaims(client: KubeClient): Claims {
  const claim = (grantName: string, auditID: string, useClass: UseClass | undefined): Promise<AccessGrant> =>
    client.json<AccessGrant>({
      method: 'POST',
      path: objectPath(GRANTS_PATH, grantName, 'claim'),
      body: { apiVersion: API_VERSION, kind: 'GrantClaim', spec: { auditID, ...(useClass === undefined ? {} : { useClass }) } },
      timeoutMs: CALL_TIMEOUT_MS,
    })
  return {
    take: async (grantName, auditID, useClass) => {
      for (let attempt = 1; ; attempt++) {
        try {
          // The API does not check again whether the grant is active when a claim is repeated.
          const grant = await claim(grantName, auditID, useClass)
          return holds(grant.status?.conditions, 'Revoked') ? 'spent' : 'taken'
        } catch (error) {
          if (refusesClaim(error, grantName)) return 'spent'
          if (isClaimConflict(error, grantName) && attempt < ATTEMPTS) continue
          throw new StatusError(
            'ServiceUnavailable',
            `jit-access cannot decide: a use of grant "${grantName}" cannot be taken now; the request was not denied, try again`,
            {
              cause: error,
            },
          )
        }
      }
    },
  }
}
