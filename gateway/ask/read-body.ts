import type { Readable } from 'node:stream'
import { StatusError } from '../../domain/status-error.ts'

/** What kube-apiserver takes at the most: MaxRequestBodyBytes, k8s.io/apiserver/pkg/server/config.go. */
const LARGEST = 3 * 1024 * 1024
/** Of all bodies that are held at once. */
const LARGEST_TOGETHER = 96 * 1024 * 1024

let held = 0

const tooLarge = (): StatusError => new StatusError('RequestEntityTooLarge', `the body is larger than ${LARGEST} bytes`)
const gone = (cause: unknown): StatusError => new StatusError('BadRequest', 'the body broke off', { cause })

/** Reads a whole body. `release` gives its room back to others. @throws StatusError 400, 413, 429 */
export async function readBody(payload: Readable & { readonly rawTrailers?: readonly string[] }): Promise<{ body: Buffer; release: () => void }> {
  const chunks: Buffer[] = []
  let size = 0
  const release = (): void => {
    held -= size
    size = 0
  }
  try {
    for await (const chunk of payload as AsyncIterable<Buffer>) {
      size += chunk.length
      held += chunk.length
      if (size > LARGEST) throw tooLarge()
      if (held > LARGEST_TOGETHER)
        throw new StatusError('TooManyRequests', 'too many bodies are being received', { details: { retryAfterSeconds: 1 } })
      chunks.push(chunk)
    }
    if ((payload.rawTrailers ?? []).length > 0) throw new StatusError('BadRequest', 'trailers are not accepted')
  } catch (error) {
    release()
    throw error instanceof StatusError ? error : gone(error)
  }
  return { body: Buffer.concat(chunks), release }
}
