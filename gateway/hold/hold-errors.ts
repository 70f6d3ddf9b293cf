import type { CauseReason } from '../../domain/cause-reasons.ts'
import type { AccessRequest } from '../../domain/api/access-request.ts'
import { formatApprovals, formatExpired } from '../../domain/api/approvals.ts'
import { conditionOf } from '../../domain/api/conditions.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Held } from '../ports.ts'
import { waitCommand } from './wait-command.ts'

/** Describes an operation for refusals and summaries: `delete deployments.apps "old" in namespace "shop"`. */
export function describeOperation({ asked }: Held): string {
  const { info, verb } = asked.classified
  const group = info.apiGroup === '' ? '' : `.${info.apiGroup}`
  const subresource = info.subresource === '' ? '' : `/${info.subresource}`
  const name = info.name === '' ? '' : ` "${info.name}"`
  return `${verb} ${info.resource}${group}${subresource}${name}${info.namespace === '' ? '' : ` in namespace "${info.namespace}"`}`
}

/** Refusal of a held operation. Always 403: clients retry a 504, and each retry would file another request. */
export function refused(held: Held, name: string, { reason, message }: { readonly reason: CauseReason; readonly message: string }): StatusError {
  const { info } = held.asked.classified
  return new StatusError('Forbidden', `"${held.asked.caller.identity.username}" cannot ${describeOperation(held)}: ${message}`, {
    details: {
      ...(info.name === '' ? {} : { name: info.name }),
      group: info.apiGroup,
      kind: info.resource,
      causes: [{ reason, message: name, field: 'accessrequest' }],
    },
  })
}

/** Returns the reviewer who denied a request and the message of the denial. */
export function denialOf(request: AccessRequest | undefined): { readonly by: string | undefined; readonly why: string | undefined } {
  const review = request?.status?.reviews?.findLast(({ decision }) => decision === 'Denied')
  const said = review ?? conditionOf(request?.status?.conditions, 'Denied')
  const by = review?.reviewer.username
  return said === undefined ? { by, why: undefined } : { by, why: said.message ?? said.reason }
}

export function deniedError(held: Held, name: string, request: AccessRequest | undefined): StatusError {
  const { by, why } = denialOf(request)
  const message = `denied by ${by === undefined ? 'an approver' : `"${by}"`}: ${why ?? 'no reason was given'} (accessrequest ${name})`
  return refused(held, name, { reason: 'ApprovalDenied', message })
}

/** Describes an open request to its requester. */
function openSentence(held: Held, name: string, request: AccessRequest | undefined): string {
  const until = request?.status?.expiresAt
  const so = request === undefined ? `accessrequest ${name} waits` : `${formatApprovals(request)} (accessrequest ${name})`
  return `${so}. Nothing was done. The request stays open${until === undefined ? '' : ` until ${until}`}: run the same command again, it goes through once when the request is approved. To wait for the approval first: ${waitCommand(held, name)}`
}

export const timedOutError = (held: Held, name: string, request: AccessRequest | undefined): StatusError =>
  refused(held, name, {
    reason: 'ApprovalTimedOut',
    message: `timed out after ${Math.round(held.timeoutMs / 1000)} s: ${openSentence(held, name, request)}`,
  })

/** Only for the records: the client has disconnected. */
export const leftError = (held: Held, name: string, request: AccessRequest | undefined): StatusError =>
  refused(held, name, { reason: 'ApprovalTimedOut', message: `the client has left: ${openSentence(held, name, request)}` })

export const leftApprovedError = (held: Held, name: string): StatusError =>
  refused(held, name, {
    reason: 'ApprovalTimedOut',
    message: `the client has left: accessrequest ${name} is approved, but nothing was done. Run the same command again before the grant ends`,
  })

export const expiredError = (held: Held, name: string, request: AccessRequest | undefined): StatusError => {
  const so = request === undefined ? '' : `: ${formatExpired(request)}`
  return refused(held, name, {
    reason: 'Expired',
    message: `accessrequest ${name} expired before it was approved${so}; nothing was done. Run the command again to file a new request`,
  })
}

/** 401, so that clients get a new token before they retry. `approved`: the request is approved and its grant is not used yet. */
export function tokenExpiredError(
  held: Held,
  name: string,
  { request, approved }: { readonly request: AccessRequest | undefined; readonly approved: boolean },
): StatusError {
  const so = approved
    ? `accessrequest ${name} is approved, but nothing was done. Run the same command again with a new token before the grant ends`
    : `${openSentence(held, name, request)}. It needs a new token`
  return new StatusError(
    'Unauthorized',
    `the token of "${held.asked.caller.identity.username}" ended while the operation waited for approval: ${so}`,
    {
      details: { causes: [{ reason: 'TokenEnded', message: name, field: 'accessrequest' }] },
    },
  )
}

export const withdrawnError = (held: Held, name: string): StatusError =>
  refused(held, name, { reason: 'ApprovalWithdrawn', message: `accessrequest ${name} was withdrawn; nothing was done` })

export const failedError = (held: Held, name: string): StatusError =>
  refused(held, name, { reason: 'ApprovalFailed', message: `accessrequest ${name} was deleted or failed before it was decided; nothing was done` })

export const spentError = (held: Held, name: string): StatusError =>
  refused(held, name, {
    reason: 'ApprovalSpent',
    message: `it was approved (accessrequest ${name}), but the grant does not cover it now: it is used up, revoked, or was narrowed. Run the command again to file a new request`,
  })

/** The operation would now make another change than the one that its approvers saw. */
export const planChangedError = (held: Held, name: string, next: string): StatusError =>
  refused(held, name, {
    reason: 'ApprovalSpent',
    message: `it was approved (accessrequest ${name}), but what it would change is not what was approved: the object was changed or replaced in the meantime. Nothing was done. A new request was filed (accessrequest ${next}): run the command again and wait for its approval`,
  })

export const tooManyError = (message: string): StatusError =>
  new StatusError('TooManyRequests', `${message}; try again when some are decided`, {
    details: {
      retryAfterSeconds: 10,
      causes: [{ reason: 'TooManyHeld', message: 'the number and size of operations that may wait for approval are limited', field: 'hold' }],
    },
  })
