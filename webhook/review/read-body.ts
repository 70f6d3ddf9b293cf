import type { IncomingMessage } from 'node:http'
import { StatusError } from '../../domain/status-error.ts'

/**
 * In bytes. A review holds an object and its old version. kube-apiserver reads bodies up to 3 MiB, and binary data that came as protobuf
 * grows by a third in JSON.
 */
const BODY_LIMIT = 16 * 1024 * 1024

/** Total bytes of all bodies held at once: enough for a few of the largest, or for the concurrent reviews of a busy cluster. */
const BODIES_LIMIT = 64 * 1024 * 1024
let held = 0

const tooLarge = (): StatusError => new StatusError('RequestEntityTooLarge', `the body is larger than ${BODY_LIMIT} bytes`)

/** Counts the body against the total while it is read, and releases it when the body is complete or refused. */
async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length
      held += chunk.length
      if (size > BODY_LIMIT) throw tooLarge()
      if (held > BODIES_LIMIT) throw new StatusError('TooManyRequests', 'too many bodies are being received', { details: { retryAfterSeconds: 1 } })
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } finally {
    held -= size
  }
}

/**
 * Reads the JSON body of a request. The rest of a refused body is not read.
 * @throws StatusError UnsupportedMediaType, RequestEntityTooLarge or TooManyRequests, before more than the limits is kept
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity', 'content-length': length = '0' } = request.headers
  if (type.split(';')[0]?.trim().toLowerCase() !== 'application/json') throw new StatusError('UnsupportedMediaType', 'application/json is expected')
  if (encoding.toLowerCase() !== 'identity') throw new StatusError('UnsupportedMediaType', 'a body without content encoding is expected')
  if (Number(length) > BODY_LIMIT) throw tooLarge()
  return readAll(request)
}
