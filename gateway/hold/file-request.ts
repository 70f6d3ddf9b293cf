import type { AccessRequest } from '../../domain/api/access-request.ts'
import { ruleFor } from '../../domain/grant/access-request-command.ts'
import { API_VERSION, REQUESTS_PATH } from '../../domain/api/names.ts'
import type { Operation } from '../../domain/api/rules.ts'
import { StatusError } from '../../domain/status-error.ts'
import { statusErrorOf } from '../../kube/client.ts'
import type { Held, Masking, UpstreamClient } from '../ports.ts'
import { findRequestName } from './hold-name.ts'
import type { AccessRequestClient } from './access-requests.ts'
import { callAs } from '../plan/dry-run/upstream-call.ts'

/** A collision means that another replica filed a request of the same operation, which was already decided when this one looked. */
const MAX_COLLISIONS = 5

/** The pending request of an operation. `made`: it was filed now. */
export type FiledRequest = { readonly request: AccessRequest; readonly made: boolean }

/** Turns 422 into 403: the agent sent the operation, not the AccessRequest that jit-apiserver found invalid. */
function refusalOfFiling(error: StatusError): StatusError {
  return error.code === 422 ? new StatusError('Forbidden', error.message, { details: { ...error.details }, cause: error }) : error
}

/**
 * Files the AccessRequest of an operation as the agent, or returns its pending request, for which `operationNow` is not called.
 * @throws StatusError the response of jit-apiserver; what `operationNow` throws
 */
export async function fileRequest(
  held: Held,
  operationNow: () => Promise<Operation>,
  deps: { readonly upstream: UpstreamClient; readonly masking: Masking; readonly requests: AccessRequestClient },
): Promise<FiledRequest> {
  const { asked, decision } = held
  let operation: Operation | undefined
  for (let tries = 0; tries < MAX_COLLISIONS; tries++) {
    const place = await findRequestName(held, deps.requests)
    if ('pending' in place) return { request: place.pending, made: false }
    operation ??= await operationNow()
    const request = {
      apiVersion: API_VERSION,
      kind: 'AccessRequest',
      metadata: { name: place.free },
      spec: { ...asked.askFirst, policy: decision.policy, rules: [ruleFor(asked.classified)], operation },
    }
    const call = {
      method: 'POST',
      target: REQUESTS_PATH,
      body: Buffer.from(JSON.stringify(request)),
      contentType: 'application/json',
      hold: 'file',
    } as const
    const { status, text } = await callAs(held, call, deps.upstream)
    if (status < 300) return { request: JSON.parse(text) as AccessRequest, made: true }
    if (status !== 409) throw refusalOfFiling(statusErrorOf(status, deps.masking.agentText(text, held.asked)))
  }
  throw new StatusError('ServiceUnavailable', 'several clients file requests of this operation at once; try again', {
    details: { retryAfterSeconds: 1 },
  })
}
