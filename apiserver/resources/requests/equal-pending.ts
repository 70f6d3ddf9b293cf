import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { StatusError } from '../../../domain/status-error.ts'

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
