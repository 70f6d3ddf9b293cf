import { formatSuspended, type AccessSuspension } from '../../../domain/api/access-suspension.ts'
import { hideTokens } from '../../../domain/mask/hide-tokens.ts'
import type { EventOf } from '../../../domain/record/events.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import type { Write } from '../../storage/port.ts'
import { toRecord } from './decided.ts'

type Suspension = EventOf<'agents.suspension'>

function event(
  { metadata, spec }: AccessSuspension,
  by: { readonly decision: Suspension['decision']; readonly message: string },
  context: RequestContext,
): Write {
  const recorded: Suspension = {
    event: 'agents.suspension',
    auditID: context.auditID,
    by: context.user.username,
    decision: by.decision,
    suspension: metadata.name,
    stops: formatSuspended(spec),
    message: hideTokens(by.message),
  }
  return toRecord(recorded, context.nowMs)
}

export const agentsSuspended = (suspension: AccessSuspension, context: RequestContext): Write =>
  event(suspension, { decision: 'Suspended', message: suspension.spec.reason }, context)

export const agentsResumed = (suspension: AccessSuspension, message: string, context: RequestContext): Write =>
  event(suspension, { decision: 'Lifted', message }, context)
