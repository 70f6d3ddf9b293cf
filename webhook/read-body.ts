import type { IncomingMessage } from 'node:http'
import { StatusError } from '../domain/status-error.ts'

/**
 * An object and its old form, each up to the 3 MiB that kube-apiserver reads of a body; bytes that came as protobuf grow by a third in JSON.
 */
const BODY_LIMIT = 16 * 1024 * 1024

const tooLarge = (): StatusError => new StatusError('RequestEntityTooLarge', `the body is larger than ${BODY_LIMIT} bytes`)

/**
 * Reads the JSON text that a request brought. What is left of a body that is refused is not read.
 * @throws StatusError UnsupportedMediaType or RequestEntityTooLarge, before more than the limit is held
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity', 'content-length': length = '0' } = request.headers
  if (type.split(';')[0]?.trim().toLowerCase() !== 'application/json') throw new StatusError('UnsupportedMediaType', 'application/json is expected')
  if (encoding.toLowerCase() !== 'identity') throw new StatusError('UnsupportedMediaType', 'a body without content encoding is expected')
  if (Number(length) > BODY_LIMIT) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_LIMIT) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
