import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { BreakGlassReview } from '../../../domain/api/break-glass/review.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import type { Write } from '../../storage/port.ts'
import { about, recordedMessage, toRecord } from '../decisions/decided.ts'
import { summaryOf } from '../access-summary.ts'

/** The event of a grant that was made without an approver. */
export function breakGlassUsed(
  { request, grant, review }: { readonly request: AccessRequest; readonly grant: AccessGrant; readonly review: BreakGlassReview },
  context: RequestContext,
): Write {
  const { spec, metadata } = request
  return toRecord(
    {
      event: 'access.decided',
      ...about(context, spec.requester),
      decision: 'BreakGlass',
      request: metadata.name,
      grant: grant.metadata.name,
      review: review.metadata.name,
      policy: grant.spec.policy,
      asks: summaryOf(grant.spec),
      durationSeconds: spec.durationSeconds,
      maxUses: grant.spec.maxUses,
      message: recordedMessage(spec.reason),
    },
    context.nowMs,
  )
}

/** The event of a decided review. */
export function reviewRecorded(
  { metadata, spec }: BreakGlassReview,
  { type, message }: { readonly type: 'Justified' | 'Unjustified'; readonly message?: string },
  context: RequestContext,
): Write {
  return toRecord(
    {
      event: 'access.decided',
      ...about(context, spec.subject),
      decision: type,
      request: spec.requestName,
      grant: spec.grantName,
      review: metadata.name,
      policy: spec.policy,
      asks: spec.summary,
      message: recordedMessage(message),
    },
    context.nowMs,
  )
}
