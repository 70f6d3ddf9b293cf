import type { Readable } from 'node:stream'
import { StatusError } from '../../domain/status-error.ts'
import { BodyTooLarge, readBounded } from '../../kube/read-bounded.ts'
import type { BodyBudget } from '../wire-limits.ts'

/** Limit of kube-apiserver: MaxRequestBodyBytes, k8s.io/apiserver/pkg/server/config.go. */
const MAX_BODY_BYTES = 3 * 1024 * 1024

function refusalOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error
  if (error instanceof BodyTooLarge) return new StatusError('RequestEntityTooLarge', `the body is larger than ${MAX_BODY_BYTES} bytes`)
  return new StatusError('BadRequest', 'the body broke off', { cause: error })
}

/** Reads a complete body and counts it against `room`. The caller releases `room` afterwards. @throws StatusError 400, 413, 429 */
export async function readBody(payload: Readable & { readonly rawTrailers?: readonly string[] }, room: BodyBudget): Promise<Buffer> {
  try {
    const body = await readBounded(payload, MAX_BODY_BYTES, (bytes) => room.take(bytes))
    if ((payload.rawTrailers ?? []).length > 0) throw new StatusError('BadRequest', 'trailers are not accepted')
    return body
  } catch (error) {
    room.release()
    throw refusalOf(error)
  }
}
