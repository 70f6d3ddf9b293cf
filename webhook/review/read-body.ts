import type { IncomingMessage } from 'node:http'
import { mediaType } from '../../domain/media-type.ts'
import { StatusError } from '../../domain/status-error.ts'
import { BodyTooLarge, readBounded } from '../../kube/read-bounded.ts'

/**
 * In bytes. A review holds an object and its old version. kube-apiserver reads bodies up to 3 MiB, and binary data that came as protobuf
 * grows by a third in JSON.
 */
const BODY_LIMIT = 16 * 1024 * 1024

/** Total bytes of all bodies held at once: enough for a few of the largest, or for the concurrent reviews of a busy cluster. */
const BODIES_LIMIT = 64 * 1024 * 1024

/**
 * Reads the JSON body of a request. The rest of a refused body is not read.
 * @throws StatusError UnsupportedMediaType, RequestEntityTooLarge or TooManyRequests, before more than the limits is kept
 */
export type BodyReader = (request: IncomingMessage) => Promise<Buffer>

const tooLarge = (): StatusError => new StatusError('RequestEntityTooLarge', `the body is larger than ${BODY_LIMIT} bytes`)

/** @throws StatusError UnsupportedMediaType or RequestEntityTooLarge */
function checkHeaders({ headers }: IncomingMessage): void {
  const { 'content-type': type, 'content-encoding': encoding = 'identity', 'content-length': length = '0' } = headers
  if (mediaType(type) !== 'application/json') throw new StatusError('UnsupportedMediaType', 'application/json is expected')
  if (encoding.toLowerCase() !== 'identity') throw new StatusError('UnsupportedMediaType', 'a body without content encoding is expected')
  if (Number(length) > BODY_LIMIT) throw tooLarge()
}

/** Creates a reader that counts each body against the total while it is read, and releases it when the body is complete or refused. */
export function createBodyReader(): BodyReader {
  let held = 0
  return async (request) => {
    checkHeaders(request)
    let size = 0
    const count = (bytes: number): void => {
      size += bytes
      held += bytes
      if (held > BODIES_LIMIT) throw new StatusError('TooManyRequests', 'too many bodies are being received', { details: { retryAfterSeconds: 1 } })
    }
    try {
      return await readBounded(request.iterator({ destroyOnReturn: false }), BODY_LIMIT, count)
    } catch (error) {
      throw error instanceof BodyTooLarge ? tooLarge() : error
    } finally {
      held -= size
    }
  }
}
