import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../domain/api/access-request.ts'
import { block } from '../terminal/block.ts'
import { formatGrant } from './grant.ts'
import { toRevoke } from '../certify/decisions/decidability.ts'
import { oneLine } from '../terminal/untrusted.ts'

/** Describes the grant of an approval, what is left of it and how to revoke it. Safe for a terminal. */
export function formatReceived(request: AccessRequest, grant: AccessGrant | undefined, nowMs: number): string {
  const name = request.status?.grantName
  if (name === undefined) return ''
  const said = grant === undefined ? `accessgrant.jit.access/${name}` : formatGrant(grant, nowMs)
  const revoke = toRevoke(request, grant, nowMs)
  return `${block('It gave:', [said, ...(revoke === undefined ? [] : [`to take it back: ${revoke}`])].map(oneLine)).join('\n')}\n`
}
