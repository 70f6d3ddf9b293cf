import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { CommandError, EXIT } from '../../terminal/exit-code.ts'
import { sameName } from '../../../domain/approval/place.ts'
import type { FoundGrant } from '../../kubectl/read-grant.ts'
import { formatGrantEnd } from '../../format/grant.ts'
import { outcomeOf } from '../../format/outcome.ts'
import { oneLine } from '../../terminal/untrusted.ts'

/** Whether a caller can decide a request: it is open, already decided as wanted (`done`), or cannot be decided (an error). */
export type Decidability = 'open' | 'done' | CommandError

export type WantedDecision = { readonly wanted: 'Approved' | 'Denied'; readonly me: string; readonly nowMs: number }

/** The command that revokes the grant of a request. Undefined when there is no grant or it has ended. */
export function toRevoke({ status }: AccessRequest, grant: FoundGrant, nowMs: number): string | undefined {
  const name = status?.grantName
  return name === undefined || formatGrantEnd(grant, nowMs) !== undefined ? undefined : `kubectl certify revoke ${oneLine(name)}`
}

function decidedBefore(request: AccessRequest, grant: FoundGrant, { wanted, nowMs }: WantedDecision): CommandError {
  const phase = requestPhase(request.status, nowMs)
  const revoke = toRevoke(request, grant, nowMs)
  const { line } = outcomeOf(request, nowMs, grant)
  const next =
    revoke !== undefined
      ? `to revoke its grant: ${revoke}`
      : wanted === 'Approved'
        ? 'the requester must ask again by a new request'
        : 'there is no live grant to revoke'
  return new CommandError(phase === 'Denied' ? EXIT.denied : EXIT.ended, `${line}; it can no longer be decided`, next)
}

/** The error for a caller who approved and now wants to deny: an approval cannot be withdrawn before there is a grant. */
function approvedByMe({ metadata: { name } }: AccessRequest): CommandError {
  return new CommandError(
    EXIT.alreadyApproved,
    `accessrequest "${oneLine(name)}" was already approved by you, which cannot be changed; it still waits for another approver`,
    `another approver can deny it; once it has a grant: kubectl certify revoke ${oneLine(name)}`,
  )
}

/**
 * Exit codes of the error: `denied` when the request was denied, `alreadyApproved` when the caller's earlier approval prevents the decision, and
 * `ended` when the request has ended or another reviewer decided it; that reviewer may have granted something else than the caller wants.
 */
export function decidabilityOf(request: AccessRequest, grant: FoundGrant, decision: WantedDecision): Decidability {
  const { wanted, me, nowMs } = decision
  const phase = requestPhase(request.status, nowMs)
  const mine = request.status?.reviews?.find(({ reviewer, lapsed }) => lapsed !== true && sameName(reviewer.username, me))?.decision
  // Approvals of different reviewers may differ, so only the caller's own counts as done. Denials do not differ.
  const done = wanted === 'Denied' ? phase === 'Denied' : mine === 'Approved' && (phase === 'Approved' || phase === 'Pending')
  if (done) return 'done'
  if (phase !== 'Pending') return decidedBefore(request, grant, decision)
  return mine === 'Approved' ? approvedByMe(request) : 'open'
}
