import { requestPhase, type AccessRequest } from '../domain/access-request.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { sameName } from './inbox.ts'
import { outcomeOf } from './say-outcome.ts'
import { oneLine } from './untrusted.ts'

/** Where a request stands for a caller who wants to decide `wanted`: still open, or done before. */
export type Standing = 'open' | 'done'

function decidedBefore(request: AccessRequest, { wanted, nowMs }: { readonly wanted: 'Approved' | 'Denied'; readonly nowMs: number }): CommandError {
  const phase = requestPhase(request.status, nowMs)
  const grant = request.status?.grantName
  const isGranted = wanted === 'Denied' && phase === 'Approved' && grant !== undefined
  const next = isGranted ? `to take back what it gave: kubectl certify revoke ${oneLine(grant)}` : undefined
  const { line } = outcomeOf(request, nowMs)
  return new CommandError(phase === 'Denied' ? EXIT.denied : EXIT.ended, `${line}; it can no longer be decided`, next)
}

/**
 * @throws CommandError when it can no longer be decided: `denied` when it was denied, `ended` when it is over, or decided by somebody
 *   else; what that reviewer gave may be something else than what the caller wants to give
 */
export function standingOf(request: AccessRequest, me: string, asked: { readonly wanted: 'Approved' | 'Denied'; readonly nowMs: number }): Standing {
  const { wanted, nowMs } = asked
  const phase = requestPhase(request.status, nowMs)
  const mine = request.status?.reviews?.find(({ reviewer }) => sameName(reviewer.username, me))?.decision
  // An approval may have given less than somebody else's would; a denial is a denial, whoever said it.
  const done = wanted === 'Denied' ? phase === 'Denied' : mine === 'Approved' && (phase === 'Approved' || phase === 'Pending')
  if (done) return 'done'
  if (phase === 'Pending') return 'open'
  throw decidedBefore(request, asked)
}
