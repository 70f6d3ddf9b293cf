import type { ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'
import { hideTokens } from '../../../domain/mask/hide-tokens.ts'
import type { EventOf } from '../../../domain/record/events.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import type { Write } from '../../storage/port.ts'
import { toRecord } from '../decisions/decided.ts'

type KeyEvent = EventOf<'approver.key'>

/** The event of what happened to a key. */
export function keyEvent(
  { metadata, spec, status }: ApproverKey,
  { decision, message = '' }: { readonly decision: KeyEvent['decision']; readonly message?: string },
  { auditID, user, nowMs }: Pick<RequestContext, 'auditID' | 'user' | 'nowMs'>,
): Write {
  const event: KeyEvent = {
    event: 'approver.key',
    auditID,
    by: user.username,
    user: spec.user?.username ?? '',
    decision,
    key: metadata.name,
    fingerprint: status?.fingerprint,
    message: message === '' ? undefined : hideTokens(message),
  }
  return toRecord(event, nowMs)
}
