import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { EventOf } from '../../../domain/record/events.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import type { Write } from '../../storage/port.ts'
import { about, toRecord } from '../decisions/decided.ts'
import { summaryOf } from '../access-summary.ts'
import type { Extended } from './approved.ts'

/** The event of a grant that an approval extended. The approval has an event of its own. */
export function accessExtended({ metadata, spec }: AccessRequest, { grant, before, expiresAt }: Extended, context: RequestContext): Write {
  const event: EventOf<'access.extended'> = {
    event: 'access.extended',
    ...about(context, spec.requester),
    request: metadata.name,
    grant: grant.metadata.name,
    policy: grant.spec.policy,
    asks: summaryOf(grant.spec),
    before,
    expiresAt,
  }
  return toRecord(event, context.nowMs)
}
