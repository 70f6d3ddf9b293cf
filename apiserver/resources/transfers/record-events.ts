import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { EventOf } from '../../../domain/record/events.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import type { Write } from '../../storage/port.ts'
import { about, toRecord } from '../decisions/decided.ts'
import { summaryOf } from '../access-summary.ts'

/** The event of a part of a grant that its subject gave to another agent. */
export function accessTransferred({ metadata, spec }: AccessGrant, context: RequestContext): Write {
  const chain = spec.transferredFrom ?? []
  const event: EventOf<'access.transferred'> = {
    event: 'access.transferred',
    ...about(context, context.user),
    to: spec.subject.username,
    grant: metadata.name,
    from: chain.map(({ grantName, username }) => `${grantName} of ${username}`),
    policy: spec.policy,
    asks: summaryOf(spec),
    maxUses: spec.maxUses,
    expiresAt: spec.expiresAt,
  }
  return toRecord(event, context.nowMs)
}
