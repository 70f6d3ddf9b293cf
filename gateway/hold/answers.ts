import type { CauseReason } from '../../domain/cause-reasons.ts'
import type { AccessRequest } from '../../domain/access-request.ts'
import { conditionOf } from '../../domain/conditions.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Held } from '../ports.ts'

/** What was asked, as a refusal and a summary name it: `delete deployments.apps "old" in namespace "shop"`. */
export function wordsOf({ asked }: Held): string {
  const { info, verb } = asked.classified
  const group = info.apiGroup === '' ? '' : `.${info.apiGroup}`
  const subresource = info.subresource === '' ? '' : `/${info.subresource}`
  const name = info.name === '' ? '' : ` "${info.name}"`
  return `${verb} ${info.resource}${group}${subresource}${name}${info.namespace === '' ? '' : ` in namespace "${info.namespace}"`}`
}

/** What a held operation is refused with. 403 throughout: clients repeat a 504, and each repeat would be asked for anew. */
function refused(held: Held, name: string, { reason, message }: { readonly reason: CauseReason; readonly message: string }): StatusError {
  const { info } = held.asked.classified
  return new StatusError('Forbidden', `"${held.asked.caller.identity.username}" cannot ${wordsOf(held)}: ${message}`, {
    details: {
      ...(info.name === '' ? {} : { name: info.name }),
      group: info.apiGroup,
      kind: info.resource,
      causes: [{ reason, message: name, field: 'accessrequest' }],
    },
  })
}

/** Who denied it and why, in the words of the reviewer. */
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

export function timedOutError(held: Held, name: string): StatusError {
  const message =
    `timed out: nobody answered within ${Math.round(held.timeoutMs / 1000)} s (accessrequest ${name}). Nothing was done. ` +
    'Ask an approver to look into "kubectl certify", then run the command again'
  return refused(held, name, { reason: 'ApprovalTimedOut', message })
}

export const withdrawnError = (held: Held, name: string): StatusError =>
  refused(held, name, { reason: 'ApprovalWithdrawn', message: `accessrequest ${name} was withdrawn; nothing was done` })

export const failedError = (held: Held, name: string): StatusError =>
  refused(held, name, { reason: 'ApprovalFailed', message: `accessrequest ${name} was deleted or failed before anybody decided; nothing was done` })

export const spentError = (held: Held, name: string): StatusError =>
  refused(held, name, {
    reason: 'ApprovalSpent',
    message: `it was approved (accessrequest ${name}), but the grant does not cover it now: it is used up, revoked, or was narrowed. Run the command again to ask anew`,
  })

/** Its approvers saw another change than the one that it would make now. */
export const planChangedError = (held: Held, name: string, next: string): StatusError =>
  refused(held, name, {
    reason: 'ApprovalSpent',
    message: `it was approved (accessrequest ${name}), but what it would change is not what was approved: the object was changed or replaced meanwhile. Nothing was done. It is asked for anew (accessrequest ${next}): run the command again and wait for its approval`,
  })

export const tooManyError = (whose: string): StatusError =>
  new StatusError('TooManyRequests', `too many operations of ${whose} wait for approval; try again when some are decided`, {
    details: { retryAfterSeconds: 10, causes: [{ reason: 'TooManyHeld', message: 'the number of waiting operations is bounded', field: 'hold' }] },
  })
