import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { CommandError, EXIT } from '../../terminal/exit-code.ts'
import { sameName } from '../inbox/inbox.ts'
import type { FoundGrant } from '../../kubectl/read-grant.ts'
import { formatGrantEnd } from '../../format/grant.ts'
import { outcomeOf } from '../../format/outcome.ts'
import { oneLine } from '../../terminal/untrusted.ts'

/** Where a request stands for a caller who wants to decide it: still open, done before, or an error when it can no longer be decided. */
export type Decidability = 'open' | 'done' | CommandError

export type Wish = { readonly wanted: 'Approved' | 'Denied'; readonly me: string; readonly nowMs: number }

/** How to take back what a request got. Undefined: it gives nothing any more. */
export function toRevoke({ status }: AccessRequest, grant: FoundGrant, nowMs: number): string | undefined {
  const name = status?.grantName
  return name === undefined || formatGrantEnd(grant, nowMs) !== undefined ? undefined : `kubectl certify revoke ${oneLine(name)}`
}

function decidedBefore(request: AccessRequest, grant: FoundGrant, { wanted, nowMs }: Wish): CommandError {
  const phase = requestPhase(request.status, nowMs)
  const revoke = toRevoke(request, grant, nowMs)
  const { line } = outcomeOf(request, nowMs, grant)
  const next =
    revoke !== undefined
      ? `to take back what it gave: ${revoke}`
      : wanted === 'Approved'
        ? 'to get it approved, its requester asks again, by a new request'
        : 'there is nothing to take back'
  return new CommandError(phase === 'Denied' ? EXIT.denied : EXIT.ended, `${line}; it can no longer be decided`, next)
}

/** Who has approved and wants to deny: an approval is not taken back before there is a grant. */
function approvedByMe({ metadata: { name } }: AccessRequest): CommandError {
  return new CommandError(
    EXIT.stands,
    `accessrequest "${oneLine(name)}" was approved by you before, and that stands; it still waits for another approver`,
    `another approver can deny it; once it has a grant: kubectl certify revoke ${oneLine(name)}`,
  )
}

/**
 * An error is `denied` when it was denied, `stands` when what the caller said before is in the way, and `ended` when it is over, or decided by
 * somebody else; what that reviewer gave may be something else than what the caller wants to give.
 */
export function decidabilityOf(request: AccessRequest, grant: FoundGrant, wish: Wish): Decidability {
  const { wanted, me, nowMs } = wish
  const phase = requestPhase(request.status, nowMs)
  const mine = request.status?.reviews?.find(({ reviewer }) => sameName(reviewer.username, me))?.decision
  // An approval may have given less than somebody else's would; a denial is a denial, whoever said it.
  const done = wanted === 'Denied' ? phase === 'Denied' : mine === 'Approved' && (phase === 'Approved' || phase === 'Pending')
  if (done) return 'done'
  if (phase !== 'Pending') return decidedBefore(request, grant, wish)
  return mine === 'Approved' ? approvedByMe(request) : 'open'
}
