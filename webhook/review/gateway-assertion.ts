import { isAgent, type Identity } from '../../domain/identity.ts'
import { EXTRA } from '../../domain/api/names.ts'

/** What the gateway states about a request that it forwarded. */
export type GatewayAssertion = {
  /** Name of the grant that the request uses. Undefined if it needed none. */
  readonly grantName: string | undefined
  /** Audit ID of the request. The gateway took the use under this ID. */
  readonly auditID: string | undefined
  /** Whether the request is the gateway's own dry run for an approver. */
  readonly preview: boolean
}

/** The value if there is exactly one. Several values are ambiguous and count as none. */
function single(identity: Identity, key: string): string | undefined {
  const values = identity.extra[key] ?? []
  return values.length === 1 && values[0] !== '' ? values[0] : undefined
}

/**
 * The gateway's assertion, or undefined for a request that bypassed the gateway. Relies on RBAC: only the gateway may impersonate
 * the group and the extras. Does not check that the grant exists, is active or covers the request.
 */
export function gatewayAssertion(identity: Identity): GatewayAssertion | undefined {
  if (!isAgent(identity)) return undefined
  return {
    grantName: single(identity, EXTRA.grant),
    auditID: single(identity, EXTRA.request),
    preview: single(identity, EXTRA.hold) === 'preview',
  }
}
