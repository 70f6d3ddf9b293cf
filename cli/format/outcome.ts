import { requestPhase, type AccessRequest } from '../../domain/api/access-request.ts'
import { formatApprovals, formatExpired } from '../../domain/api/approvals/approvals.ts'
import { conditionOf } from '../../domain/api/conditions.ts'
import { EXIT, type ExitCode } from '../terminal/exit-code.ts'
import { shortName } from '../terminal/output-formats.ts'
import type { FoundGrant } from '../kubectl/read-grant.ts'
import { formatGrantEnd, formatGrantStart, formatNewEnd } from './grant.ts'
import { oneLine } from '../terminal/untrusted.ts'

export type RequestOutcome = { readonly code: ExitCode; readonly line: string }

/** The reason given by a reviewer or the server. */
function why(request: AccessRequest, condition: string): string {
  const { message, reason } = conditionOf(request.status?.conditions, condition) ?? {}
  const said = message ?? reason ?? ''
  return said === '' ? '' : `: ${oneLine(said)}`
}

/** An approval whose grant has ended does not give access any more. */
function approvedOutcome(request: AccessRequest, grant: FoundGrant, nowMs: number): RequestOutcome {
  const said = `${shortName(request)} approved${why(request, 'Approved')}`
  const name = oneLine(request.status?.grantName ?? 'not created yet')
  const end = formatGrantEnd(grant, nowMs)
  return end === undefined
    ? {
        code: EXIT.granted,
        line: `${said} (grant ${name}${formatGrantStart(grant, nowMs)}${request.spec.extends === undefined ? '' : formatNewEnd(grant, nowMs)})`,
      }
    : { code: EXIT.ended, line: `${said}, but its grant ${name} ${end}` }
}

/** The outcome of a request in one line, and the matching exit code. `grant`: what is known of its grant. */
export function outcomeOf(request: AccessRequest, nowMs: number, grant?: FoundGrant): RequestOutcome {
  const subject = shortName(request)
  switch (requestPhase(request.status, nowMs)) {
    case 'Pending':
      return { code: EXIT.granted, line: `${subject} waits for a human to certify it: ${oneLine(formatApprovals(request))}` }
    case 'Approved':
      return approvedOutcome(request, grant, nowMs)
    case 'Denied':
      return { code: EXIT.denied, line: `${subject} denied${why(request, 'Denied')}` }
    case 'Withdrawn':
      return { code: EXIT.ended, line: `${subject} withdrawn${why(request, 'Withdrawn')}` }
    case 'Expired':
      return { code: EXIT.ended, line: `${subject} expired: ${formatExpired(request)}` }
    case 'Failed':
      return { code: EXIT.unexpected, line: `${subject} failed${why(request, 'Failed')}` }
  }
}
