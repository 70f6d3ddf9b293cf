import { randomUUID } from 'node:crypto'
import { grantPhase, type AccessGrant } from '../../../domain/api/access-grant.ts'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { approvalsOf } from '../../../domain/api/approvals.ts'
import { hideTokens } from '../../../domain/mask/hide-tokens.ts'
import { EXTRA } from '../../../domain/api/names.ts'
import type { EventOf } from '../../../domain/record/events.ts'
import type { User } from '../../../domain/api/rules.ts'
import type { Context } from '../../machinery/kind.ts'
import type { JsonObject, Write } from '../../storage/port.ts'
import { summaryOf } from '../summary.ts'

/**
 * What was decided and is not in the records yet: no kind of the API. It is written in the commit of the decision itself, so that there is
 * none without its event, and goes when the event is recorded.
 */
export const UNRECORDED = 'unrecorded'

type Decided = EventOf<'access.decided'>
type About = Pick<Decided, 'auditID' | 'by' | 'user' | 'session'>

/** Fits the longest time that a clock can give, so that names sort by time. */
const TIME_DIGITS = 16
/** Decisions of this process so far: those of one millisecond keep their order. */
let made = 0

function toRecord(event: Decided, nowMs: number): Write {
  // Written and read back: what is undefined is left out.
  const value = JSON.parse(JSON.stringify(event)) as JsonObject
  made += 1
  const order = [nowMs, made].map((number) => String(number).padStart(TIME_DIGITS, '0')).join('-')
  return { resource: UNRECORDED, name: `${order}-${randomUUID()}`, expected: 0, value }
}

const about = ({ auditID, user }: Context, requester: User | undefined): About => ({
  auditID,
  by: user.username,
  user: requester?.username ?? '',
  session: requester?.extra?.[EXTRA.session]?.[0],
})

const said = (message: string | undefined): string | undefined => (message === undefined || message === '' ? undefined : hideTokens(message))

/** What an approval has come to, with the grant that it made. */
function approval(request: AccessRequest, grant: AccessGrant | undefined): Partial<Decided> {
  const { spec, status } = request
  const { given, required } = approvalsOf(request)
  const { durationSeconds } = { ...spec, ...status?.narrowed }
  return {
    asks: summaryOf({ ...spec, ...status?.narrowed }),
    narrowed: status?.narrowed === undefined ? undefined : true,
    unseen: status?.reviews?.at(-1)?.unseen,
    approvals: given,
    required,
    ...(grant === undefined ? {} : { grant: grant.metadata.name, durationSeconds, maxUses: grant.spec.maxUses }),
  }
}

/** A decision on a request, with the grant that it made. */
export function requestDecided(
  { request, grant }: { readonly request: AccessRequest; readonly grant?: AccessGrant },
  { type, message }: { readonly type: 'Approved' | 'Denied' | 'Withdrawn'; readonly message?: string },
  context: Context,
): Write {
  const { spec, metadata } = request
  const event: Decided = {
    event: 'access.decided',
    ...about(context, spec.requester),
    decision: type,
    request: metadata.name,
    policy: spec.policy,
    asks: summaryOf(spec),
    ...(type === 'Approved' ? approval(request, grant) : {}),
    message: said(message),
  }
  return toRecord(event, context.nowMs)
}

/** The end that somebody made of a grant. */
export function grantEnded(
  grant: AccessGrant,
  end: { readonly decision: 'Revoked' | 'Deleted'; readonly message?: string | undefined },
  context: Context,
): Write {
  const { spec, metadata } = grant
  const event: Decided = {
    event: 'access.decided',
    ...about(context, spec.subject),
    decision: end.decision,
    request: spec.requestName,
    grant: metadata.name,
    policy: spec.policy,
    asks: summaryOf(spec),
    message: said(end.message),
  }
  return toRecord(event, context.nowMs)
}

/** Of a grant that is deleted while it gives something, or will. */
export function grantDeleted(grant: AccessGrant, context: Context): readonly Write[] {
  const phase = grantPhase(grant, context.nowMs)
  return phase === 'Active' || phase === 'NotYetValid' ? [grantEnded(grant, { decision: 'Deleted' }, context)] : []
}

/** Of a request that is deleted while it can be decided, or has been approved: its grant goes with it. */
export function requestDeleted({ metadata, spec, status }: AccessRequest, context: Context): readonly Write[] {
  const phase = requestPhase(status, context.nowMs)
  if (phase !== 'Pending' && phase !== 'Approved') return []
  const event: Decided = {
    event: 'access.decided',
    ...about(context, spec.requester),
    decision: 'Deleted',
    request: metadata.name,
    grant: status?.grantName,
    policy: spec.policy,
    asks: summaryOf(spec),
  }
  return [toRecord(event, context.nowMs)]
}
