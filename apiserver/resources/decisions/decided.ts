import { randomUUID } from 'node:crypto'
import { sameUser } from '../../../domain/identity.ts'
import { grantPhase, type AccessGrant } from '../../../domain/api/access-grant.ts'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { approvalsOf } from '../../../domain/api/approvals/approvals.ts'
import { hideTokens } from '../../../domain/mask/hide-tokens.ts'
import { EXTRA } from '../../../domain/api/names.ts'
import type { EventOf } from '../../../domain/record/events.ts'
import type { User } from '../../../domain/api/rules.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import type { JsonObject, Write } from '../../storage/port.ts'
import { summaryOf } from '../access-summary.ts'

/**
 * Store resource for decisions that are not in the records yet, not a kind of the API. An entry is written in the same commit as the decision,
 * so that no decision lacks its event, and is deleted once the event is recorded.
 */
export const UNRECORDED = 'unrecorded'

export type DecidedEvent = EventOf<'access.decided'>
type About = Pick<DecidedEvent, 'auditID' | 'by' | 'user' | 'session'>

/** Enough digits for any clock time, so that names sort by time. */
const TIME_DIGITS = 16
/** Counts the decisions of this process, so that those of one millisecond keep their order. */
let made = 0

/** The write of an event that is recorded soon after its commit. */
export function toRecord(
  event: DecidedEvent | EventOf<'agents.suspension' | 'access.extended' | 'access.transferred' | 'approver.key'>,
  nowMs: number,
): Write {
  // The round trip drops undefined fields.
  const value = JSON.parse(JSON.stringify(event)) as JsonObject
  made += 1
  const order = [nowMs, made].map((number) => String(number).padStart(TIME_DIGITS, '0')).join('-')
  return { resource: UNRECORDED, name: `${order}-${randomUUID()}`, expected: 0, value }
}

export const about = ({ auditID, user }: RequestContext, requester: User | undefined): About => ({
  auditID,
  by: user.username,
  user: requester?.username ?? '',
  session: requester?.extra?.[EXTRA.session]?.[0],
})

export const recordedMessage = (message: string | undefined): string | undefined =>
  message === undefined || message === '' ? undefined : hideTokens(message)

const scheduled = ({ spec }: AccessRequest, grant: AccessGrant): Pick<DecidedEvent, 'notBefore'> =>
  spec.notBefore === undefined ? {} : { notBefore: grant.spec.notBefore }

const lastReview = ({ status }: AccessRequest): Pick<DecidedEvent, 'unseen' | 'passkey'> => {
  const { unseen, passkey } = status?.reviews?.at(-1) ?? {}
  return { unseen, passkey: passkey?.key }
}

/** Fields of an approval, and of the grant if it created one. */
function approval(request: AccessRequest, grant: AccessGrant | undefined): Partial<DecidedEvent> {
  const { spec, status } = request
  const { given, required } = approvalsOf(request)
  const { durationSeconds } = { ...spec, ...status?.narrowed }
  return {
    asks: summaryOf({ ...spec, ...status?.narrowed }),
    narrowed: status?.narrowed === undefined ? undefined : true,
    ...lastReview(request),
    approvals: given,
    required,
    ...(grant === undefined ? {} : { grant: grant.metadata.name, durationSeconds, maxUses: grant.spec.maxUses, ...scheduled(request, grant) }),
  }
}

/** The event of a decision on a request, with the grant if it created one. */
export function requestDecided(
  { request, grant }: { readonly request: AccessRequest; readonly grant?: AccessGrant },
  { type, message }: { readonly type: 'Approved' | 'Denied' | 'Withdrawn'; readonly message?: string },
  context: RequestContext,
): Write {
  const { spec, metadata } = request
  const event: DecidedEvent = {
    event: 'access.decided',
    ...about(context, spec.requester),
    decision: type,
    request: metadata.name,
    policy: spec.policy,
    asks: summaryOf(spec),
    ...(type === 'Approved' ? approval(request, grant) : {}),
    message: recordedMessage(message),
  }
  return toRecord(event, context.nowMs)
}

/** The event of a grant that a user revoked or deleted. */
export function grantEnded(
  grant: AccessGrant,
  end: { readonly decision: 'Revoked' | 'Deleted'; readonly message?: string | undefined },
  context: RequestContext,
): Write {
  const { spec, metadata } = grant
  const event: DecidedEvent = {
    event: 'access.decided',
    ...about(context, spec.subject),
    decision: end.decision,
    request: spec.requestName,
    grant: metadata.name,
    policy: spec.policy,
    asks: summaryOf(spec),
    message: recordedMessage(end.message),
  }
  return toRecord(event, context.nowMs)
}

/** The event of a grant that is deleted while it is active or not yet valid. */
export function grantDeleted(grant: AccessGrant, context: RequestContext): readonly Write[] {
  const phase = grantPhase(grant, context.nowMs)
  return phase === 'Active' || phase === 'NotYetValid' ? [grantEnded(grant, { decision: 'Deleted' }, context)] : []
}

/**
 * The event of a request that is deleted while it is pending or approved. A requester that deletes its pending request withdraws it. The grant of an
 * approved one is deleted with it, except one that the request only extended.
 */
export function requestDeleted({ metadata, spec, status }: AccessRequest, context: RequestContext): readonly Write[] {
  const phase = requestPhase(status, context.nowMs)
  if (phase !== 'Pending' && (phase !== 'Approved' || spec.extends !== undefined)) return []
  const isWithdrawal = phase === 'Pending' && spec.requester !== undefined && sameUser(context.user, spec.requester)
  const event: DecidedEvent = {
    event: 'access.decided',
    ...about(context, spec.requester),
    decision: isWithdrawal ? 'Withdrawn' : 'Deleted',
    request: metadata.name,
    grant: status?.grantName,
    policy: spec.policy,
    asks: summaryOf(spec),
  }
  return [toRecord(event, context.nowMs)]
}
