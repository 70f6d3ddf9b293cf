import { isAgent, type Identity } from '../../domain/identity.ts'
import { EXTRA } from '../../domain/api/names.ts'

/** What the gateway says of a request that it sent on. */
export type GatewayAssertion = {
  /** Name of the grant that the request rests on. Absent: it needed none. */
  readonly grantName: string | undefined
  /** Audit ID of the request, under which the gateway took the use. */
  readonly auditID: string | undefined
  /** Whether it is the gateway's own dry run for an approver. */
  readonly preview: boolean
}

/** One value or none: several would be several answers to one question. */
function single(identity: Identity, key: string): string | undefined {
  const values = identity.extra[key] ?? []
  return values.length === 1 && values[0] !== '' ? values[0] : undefined
}

/**
 * The gateway's word, or undefined for a request that came around it. Rests on RBAC: nobody but the gateway may impersonate
 * the group and the extras. Does not check that the grant exists, lives or covers anything.
 */
export function gatewayAssertion(identity: Identity): GatewayAssertion | undefined {
  if (!isAgent(identity)) return undefined
  return {
    grantName: single(identity, EXTRA.grant),
    auditID: single(identity, EXTRA.request),
    preview: single(identity, EXTRA.hold) === 'preview',
  }
}
