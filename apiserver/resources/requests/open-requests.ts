import { setImmediate } from 'node:timers/promises'
import { sameUser } from '../../../domain/identity.ts'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { fromEntry } from '../../machinery/object.ts'
import type { Store } from '../../storage/port.ts'
import { asRequest } from '../typed.ts'
import { asksOf, type Open } from './request-usage.ts'

/** Others are served after this many reads. */
const READS_IN_TURN = 16

type At = Pick<RequestContext, 'user' | 'nowMs'>

/** The request, while it is pending. Another requester may have taken the name of a deleted one: that request is not meant. */
async function pendingOf(store: Store, { name, untilMs }: Open, { user, nowMs }: At): Promise<AccessRequest | undefined> {
  if (untilMs <= nowMs) return undefined
  const entry = await store.get('accessrequests', name)
  const request = entry === undefined ? undefined : asRequest(fromEntry(entry))
  const { requester } = request?.spec ?? {}
  const isOwn = requester !== undefined && sameUser(user, requester)
  return isOwn && requestPhase(request?.status, nowMs) === 'Pending' ? request : undefined
}

/** Those that are still pending. Reads each of them, so call it only when their number matters. */
export async function stillOpen(store: Store, open: readonly Open[], at: At): Promise<readonly Open[]> {
  const found: Open[] = []
  const named = new Map(open.map((each) => [each.name, each]))
  for (const [index, each] of [...named.values()].entries()) {
    if ((await pendingOf(store, each, at)) !== undefined) found.push(each)
    if (index % READS_IN_TURN === READS_IN_TURN - 1) await setImmediate()
  }
  return found
}

/** The pending request that asks for the same. The gateway finds the pending request of an operation itself. */
export async function equalOf(
  store: Store,
  open: readonly Open[],
  { request, ...at }: At & { readonly request: AccessRequest },
): Promise<string | undefined> {
  if (request.spec.operation !== undefined) return undefined
  const asks = asksOf(request)
  for (const each of open.filter((one) => one.asks === undefined || one.asks === asks)) {
    const pending = await pendingOf(store, each, at)
    if (pending !== undefined && asksOf(pending) === asks) return each.name
  }
  return undefined
}

/**
 * Refuses a request for the same access that the requester's own pending request asks for, so that a client that repeats itself does not fill the inbox
 * of approvers. A different idempotency key makes a request a different one.
 * @param equal the name of the pending request
 */
export function alreadyPending(request: AccessRequest, equal: string): StatusError {
  return new StatusError(
    'AlreadyExists',
    `accessrequests.jit.access "${request.metadata.name}": you already ask for the same access with accessrequest "${equal}", which waits for a decision: wait for it, or withdraw it (kubectl delete accessrequest ${equal}) to ask in other words`,
    {
      details: {
        name: equal,
        group: 'jit.access',
        kind: 'accessrequests',
        causes: [{ reason: 'AlreadyPending', message: equal, field: 'accessrequest' }],
      },
    },
  )
}
