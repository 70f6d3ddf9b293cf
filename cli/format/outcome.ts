import { requestPhase, type AccessRequest } from '../../domain/api/access-request.ts'
import { formatApprovals, formatExpired } from '../../domain/api/approvals/approvals.ts'
import { conditionOf } from '../../domain/api/conditions.ts'
import { EXIT, type ExitCode } from '../terminal/exit-code.ts'
import { shortName } from '../terminal/output-formats.ts'
import type { FoundGrant } from '../kubectl/read-grant.ts'
import { formatGrantEnd, formatGrantStart, formatNewEnd } from './grant.ts'
import { oneLine } from '../terminal/untrusted.ts'

export type RequestOutcome = { readonly code: ExitCode; readonly line: string }

const after = (text: string | undefined): string => (text === undefined || text === '' ? '' : `: ${oneLine(text)}`)

/** What a reviewer or the requester wrote. The reason of such a condition names the program that set it, for example KubectlCertify. */
const messageOf = (request: AccessRequest, condition: string): string => after(conditionOf(request.status?.conditions, condition)?.message)

/** What the server says about a failure. */
function failureOf(request: AccessRequest): string {
  const { message, reason } = conditionOf(request.status?.conditions, 'Failed') ?? {}
  return after(message ?? reason)
}

/** An approval whose grant has ended does not give access any more. */
function approvedOutcome(request: AccessRequest, grant: FoundGrant, nowMs: number): RequestOutcome {
  const said = `${shortName(request)} approved${messageOf(request, 'Approved')}`
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
      return { code: EXIT.granted, line: `${subject} waits for approval: ${oneLine(formatApprovals(request))}` }
    case 'Approved':
      return approvedOutcome(request, grant, nowMs)
    case 'Denied':
      return { code: EXIT.denied, line: `${subject} denied${messageOf(request, 'Denied')}` }
    case 'Withdrawn':
      return { code: EXIT.ended, line: `${subject} withdrawn${messageOf(request, 'Withdrawn')}` }
    case 'Expired':
      return { code: EXIT.ended, line: `${subject} expired: ${formatExpired(request)}` }
    case 'Failed':
      return { code: EXIT.unexpected, line: `${subject} failed${failureOf(request)}` }
  }
}
