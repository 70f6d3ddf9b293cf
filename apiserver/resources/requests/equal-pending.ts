import { isDeepStrictEqual } from 'node:util'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { StatusError } from '../../../domain/status-error.ts'

/** Fields that only describe the access. They differ when the requester words its reason anew. */
const WORDS: ReadonlySet<string> = new Set(['requester', 'reason', 'ticket', 'agent'])

const asked = ({ spec }: AccessRequest): object => Object.fromEntries(Object.entries(spec).filter(([field]) => !WORDS.has(field)))

/**
 * Refuses a request for the same access that the requester's own pending request asks for, so that a client that repeats itself does not fill the inbox
 * of approvers. A different idempotency key makes a request a different one. The gateway finds the pending request of an operation itself.
 * @param pending undecided requests of the same requester
 * @throws StatusError AlreadyExists with the name of the pending request
 */
export function refuseEqual(request: AccessRequest, pending: readonly AccessRequest[]): void {
  if (request.spec.operation !== undefined) return
  const wanted = asked(request)
  const equal = pending.find((other) => isDeepStrictEqual(asked(other), wanted))
  if (equal === undefined) return
  const { name } = equal.metadata
  throw new StatusError(
    'AlreadyExists',
    `accessrequests.jit.access "${request.metadata.name}": you already ask for the same access with accessrequest "${name}", which waits for a decision: wait for it, or withdraw it (kubectl delete accessrequest ${name}) to ask in other words`,
    { details: { name, group: 'jit.access', kind: 'accessrequests', causes: [{ reason: 'AlreadyPending', message: name, field: 'accessrequest' }] } },
  )
}
