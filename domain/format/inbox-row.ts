import type { AccessRequest } from '../api/access-request.ts'
import { approvalsOf } from '../api/approvals/approvals.ts'
import { riskIn } from '../api/approvals/risk.ts'
import type { InboxPlace, InboxRow } from '../api/virtual/inbox.ts'
import { formatAsk } from './request.ts'

type Field = 'uid' | 'requester' | 'policy' | 'reason' | 'durationSeconds' | 'maxUses' | 'creationTimestamp' | 'expiresAt'

/** Without the fields that have no value. */
const given = (fields: { readonly [name in Field]: InboxRow[name] | undefined }): Partial<InboxRow> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** What an inbox shows of a pending request. The text is not made safe for a terminal. */
export function inboxRowOf(request: AccessRequest, place: InboxPlace): InboxRow {
  const { metadata, spec, status } = request
  const { uid, creationTimestamp } = metadata
  const { policy, reason, durationSeconds, maxUses } = spec
  const approvals = approvalsOf(request)
  return {
    name: metadata.name,
    place,
    risk: riskIn(status),
    asks: formatAsk(request),
    ...given({ uid, requester: spec.requester?.username, policy, reason, durationSeconds, maxUses, creationTimestamp, expiresAt: status?.expiresAt }),
    ...(approvals.required === undefined ? {} : { approvals: { given: approvals.given, required: approvals.required } }),
  }
}
