import type { Readable } from 'node:stream'
import { StatusError } from '../../domain/status-error.ts'
import type { Room } from '../limits.ts'

/** Limit of kube-apiserver: MaxRequestBodyBytes, k8s.io/apiserver/pkg/server/config.go. */
const MAX_BODY_BYTES = 3 * 1024 * 1024

const tooLarge = (): StatusError => new StatusError('RequestEntityTooLarge', `the body is larger than ${MAX_BODY_BYTES} bytes`)
const gone = (cause: unknown): StatusError => new StatusError('BadRequest', 'the body broke off', { cause })

/** Reads a complete body and counts it against `room`. The caller releases `room` afterwards. @throws StatusError 400, 413, 429 */
export async function readBody(payload: Readable & { readonly rawTrailers?: readonly string[] }, room: Room): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of payload as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MAX_BODY_BYTES) throw tooLarge()
      room.take(chunk.length)
      chunks.push(chunk)
    }
    if ((payload.rawTrailers ?? []).length > 0) throw new StatusError('BadRequest', 'trailers are not accepted')
  } catch (error) {
    room.release()
    throw error instanceof StatusError ? error : gone(error)
  }
  return Buffer.concat(chunks)
}
