import type { AccessGrant } from '../domain/access-grant.ts'
import type { AccessRequest } from '../domain/access-request.ts'
import { block } from './block.ts'
import { sayGrant } from './say-grant.ts'
import { toRevoke } from './standing.ts'
import { oneLine } from './untrusted.ts'

/** What an approval has given, what is left of it, and how to take it back. Safe for a terminal. */
export function sayReceived(request: AccessRequest, grant: AccessGrant | undefined, nowMs: number): string {
  const name = request.status?.grantName
  if (name === undefined) return ''
  const said = grant === undefined ? `accessgrant.jit.access/${name}` : sayGrant(grant, nowMs)
  const revoke = toRevoke(request, grant, nowMs)
  return `${block('It gave:', [said, ...(revoke === undefined ? [] : [`to take it back: ${revoke}`])].map(oneLine)).join('\n')}\n`
}
