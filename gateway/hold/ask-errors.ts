import type { AccessRequest } from '../../domain/api/access-request.ts'
import { formatApprovals } from '../../domain/api/approvals/approvals.ts'
import { holds } from '../../domain/api/conditions.ts'
import type { PermitGrant } from '../../domain/permit.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Held } from '../ports.ts'
import { describeOperation, refused } from './hold-errors.ts'
import { waitCommand } from './wait-command.ts'

/**
 * The answers to an operation that is only asked for. They are errors, since clients print a success as done. They are 403, as a hold that timed out:
 * clients repeat neither. `kubectl create accessrequest --for` reads the name of the request from the message, since kubectl prints no causes.
 */
const ASKED = 'it was only asked for, and nothing was done'

export function askedError(held: Held, { request, made }: { readonly request: AccessRequest; readonly made: boolean }): StatusError {
  const { name } = request.metadata
  // Rules of the policies may approve a request when it is filed.
  if (holds(request.status?.conditions, 'Approved'))
    return nothingRun(
      held,
      `accessrequest ${name} was filed and is approved: run the command itself, it goes through once`,
      request.status?.grantName ?? '',
    )
  const until = request.status?.expiresAt
  const open = `accessrequest ${name} ${made ? 'was filed' : 'was filed before'} and waits: ${formatApprovals(request)}${until === undefined ? '' : `; it stays open until ${until}`}`
  return refused(held, name, {
    reason: 'ApprovalRequested',
    message: `${ASKED}. ${open}. To wait for the approval: ${waitCommand(held, name)}. Then run the command itself: it goes through once`,
  })
}

const nothingRun = (held: Held, why: string, covers: string): StatusError => {
  const { info } = held.asked.classified
  return new StatusError('Forbidden', `"${held.asked.caller.identity.username}" cannot ${describeOperation(held)} here: ${ASKED}. ${why}`, {
    details: {
      ...(info.name === '' ? {} : { name: info.name }),
      group: info.apiGroup,
      kind: info.resource,
      causes: [{ reason: 'NothingRun', message: covers, field: 'accessgrant' }],
    },
  })
}

/** The operation is allowed already, so no request is filed. */
export function coveredError(held: Held, grant: PermitGrant | undefined): StatusError {
  if (grant === undefined) return nothingRun(held, 'The policies allow it without an approval: run the command itself', '')
  const until = new Date(grant.expiresAtMs).toISOString()
  if (!grant.bound) return nothingRun(held, `accessgrant ${grant.name} covers it until ${until}: run the command itself`, grant.name)
  return nothingRun(held, `accessrequest ${grant.requestName} is approved: run the command itself before ${until}, it goes through once`, grant.name)
}
