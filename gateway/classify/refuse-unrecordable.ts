import { EVENTS } from '../../domain/record/events.ts'
import type { RequestInfo } from '../../domain/request-info.ts'
import { StatusError } from '../../domain/status-error.ts'

const FIELDS = ['apiGroup', 'apiVersion', 'resource', 'subresource', 'namespace', 'name'] as const

/**
 * Refuses a request that names something in more characters than a record holds. Nothing in Kubernetes has such a name, and what cannot be recorded is
 * not done. Without this check the request would fail later as if the records were unavailable, clients would repeat it, and its refusal would leave no
 * record either. The record of this refusal has the path, which is bounded on arrival.
 * @throws StatusError BadRequest
 */
export function refuseUnrecordable(info: RequestInfo): void {
  for (const field of FIELDS) {
    const { max } = EVENTS['request.intent'][field]
    if (info[field].length > max)
      throw new StatusError(
        'BadRequest',
        `path: the ${field} is longer than ${max} characters; correct it, since nothing in Kubernetes has such a name`,
      )
  }
}
