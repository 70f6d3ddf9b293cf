import { timestamp } from '../../../domain/api/object-meta.ts'
import { trueSince } from '../../../domain/api/conditions.ts'
import type { ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'

/** The key, ended for good. `by`: absent when the server ended it. */
export function revokedKey(
  key: ApproverKey,
  { reason, message, by }: { readonly reason: string; readonly message: string; readonly by?: string },
  nowMs: number,
): ApproverKey {
  const condition = trueSince(timestamp(nowMs), { type: 'Revoked', reason, message })
  const conditions = [...(key.status?.conditions ?? []).filter(({ type }) => type !== 'Revoked'), condition]
  return { ...key, status: { ...key.status, conditions, ...(by === undefined ? {} : { revokedBy: by }) } }
}
