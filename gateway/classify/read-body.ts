import type { Readable } from 'node:stream'
import { StatusError } from '../../domain/status-error.ts'
import type { Room } from '../limits.ts'

/** What kube-apiserver takes at the most: MaxRequestBodyBytes, k8s.io/apiserver/pkg/server/config.go. */
const LARGEST = 3 * 1024 * 1024

const tooLarge = (): StatusError => new StatusError('RequestEntityTooLarge', `the body is larger than ${LARGEST} bytes`)
const gone = (cause: unknown): StatusError => new StatusError('BadRequest', 'the body broke off', { cause })

/** Reads a whole body into the room that there is for it, which is to be released when it is no longer needed. @throws StatusError 400, 413, 429 */
export async function readBody(payload: Readable & { readonly rawTrailers?: readonly string[] }, room: Room): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of payload as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > LARGEST) throw tooLarge()
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
