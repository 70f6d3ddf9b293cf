import { requestPhase, type AccessRequest } from '../domain/access-request.ts'
import { conditionOf } from '../domain/conditions.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { shortName } from './output.ts'
import { oneLine } from './untrusted.ts'

export type Outcome = { readonly code: ExitCode; readonly line: string }

/** The reason that a reviewer or the server gave. */
function why(request: AccessRequest, condition: string): string {
  const { message, reason } = conditionOf(request.status?.conditions, condition) ?? {}
  const said = message ?? reason ?? ''
  return said === '' ? '' : `: ${oneLine(said)}`
}

/** What became of a request, in one line, and the exit code that says the same. */
export function outcomeOf(request: AccessRequest, nowMs: number): Outcome {
  const phase = requestPhase(request.status, nowMs)
  const subject = shortName(request)
  switch (phase) {
    case 'Pending':
      return { code: EXIT.granted, line: `${subject} waits for a human to certify it` }
    case 'Approved':
      return { code: EXIT.granted, line: `${subject} approved${why(request, 'Approved')} (grant ${request.status?.grantName ?? 'not made yet'})` }
    case 'Denied':
      return { code: EXIT.denied, line: `${subject} denied${why(request, 'Denied')}` }
    case 'Withdrawn':
      return { code: EXIT.ended, line: `${subject} withdrawn${why(request, 'Withdrawn')}` }
    case 'Expired':
      return { code: EXIT.ended, line: `${subject} expired: nobody decided in time` }
    case 'Failed':
      return { code: EXIT.unexpected, line: `${subject} failed${why(request, 'Failed')}` }
  }
}
