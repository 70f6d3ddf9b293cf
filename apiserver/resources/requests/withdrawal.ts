import { sameUser } from '../../../domain/identity.ts'
import { timestamp } from '../../../domain/api/object-meta.ts'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { trueSince } from '../../../domain/api/conditions.ts'
import { invalid, StatusError } from '../../../domain/status-error.ts'
import type { RequestContext, KubeObject, Subresource } from '../../machinery/kind.ts'
import { checkPlainText } from '../../machinery/write/plain-text.ts'
import { requestDecided } from '../decisions/decided.ts'
import { asObject, asRequest } from '../typed.ts'

/** The kind of the body of a POST to `accessrequests/withdrawal`. */
const KIND = 'RequestWithdrawal'
const MAX_MESSAGE = 4096

const detailsOf = (name: string) => ({ name, group: 'jit.access', kind: 'accessrequests' })

/** @throws StatusError Forbidden for a user other than the requester, Conflict for a decided request */
function checkWithdrawal(old: AccessRequest, { user, nowMs }: RequestContext): void {
  const { name } = old.metadata
  const { requester } = old.spec
  if (requester === undefined || !sameUser(user, requester))
    throw new StatusError('Forbidden', `accessrequests.jit.access "${name}" is forbidden: only its requester may withdraw it`, {
      details: detailsOf(name),
    })
  const phase = requestPhase(old.status, nowMs)
  if (phase === 'Pending') return
  const said = phase.toLowerCase()
  const next = phase === 'Approved' ? `; to give up its grant: kubectl certify revoke ${old.status?.grantName ?? name}` : ''
  throw new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on accessrequests.jit.access "${name}": it is ${said} and can no longer be withdrawn${next}`,
    { details: { ...detailsOf(name), causes: [{ reason: phase, message: `the request is ${said}` }] } },
  )
}

function messageIn(next: KubeObject, name: string): string | undefined {
  const message = next.spec?.['message']
  if (message === undefined || (typeof message === 'string' && message.length <= MAX_MESSAGE)) return message
  throw invalid(KIND, name, [
    { reason: 'FieldValueInvalid', field: 'spec.message', message: `Invalid value: must be a text of at most ${MAX_MESSAGE} characters` },
  ])
}

/** The subresource that withdraws the caller's own request. An agent may use it, unlike `approval`. Repeating it changes nothing. */
export const WITHDRAWAL: Subresource = {
  name: 'withdrawal',
  verbs: ['create'],
  kind: KIND,
  apply: (next, object, context) => {
    const old = asRequest(object)
    const { requester } = old.spec
    const isDone = requestPhase(old.status, context.nowMs) === 'Withdrawn' && requester !== undefined && sameUser(context.user, requester)
    if (isDone) return Promise.resolve({ object })
    checkWithdrawal(old, context)
    const message = messageIn(next, old.metadata.name)
    const said = message === undefined ? {} : { message }
    const condition = trueSince(timestamp(context.nowMs), { type: 'Withdrawn', reason: 'ByRequester', ...said })
    const request: AccessRequest = { ...old, status: { ...old.status, conditions: [...(old.status?.conditions ?? []), condition] } }
    checkPlainText({ kind: 'AccessRequest' }, asObject(request), { old: object })
    return Promise.resolve({ object: asObject(request), also: [requestDecided({ request }, { type: 'Withdrawn', ...said }, context)] })
  },
}
