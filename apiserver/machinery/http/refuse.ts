import type { IncomingMessage, ServerResponse } from 'node:http'
import { asStatusError, StatusError } from '../../../domain/status-error.ts'
import { sendStatus } from '../../../server/http/status-response.ts'
import { StoreUnavailable } from '../../storage/port.ts'

/** How long the rest of a refused body is read. */
const DISCARD_MS = 5_000

const unavailable = (cause: StoreUnavailable): StatusError =>
  new StatusError('ServiceUnavailable', 'the store of jit-access cannot be read or written now; nothing was changed', {
    details: { retryAfterSeconds: 1 },
    cause,
  })

/** The Status for a thrown error. */
export const refusalFor = (thrown: unknown): StatusError => asStatusError(thrown instanceof StoreUnavailable ? unavailable(thrown) : thrown)

/**
 * Reads and discards the rest of a body, for a limited time. A proxy that is still writing when the connection closes reports a broken pipe
 * instead of the response.
 */
function bodyGone(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, DISCARD_MS)
    request.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    request.resume()
  })
}

function send(response: ServerResponse, error: StatusError): void {
  if (response.destroyed || response.headersSent) return
  // client-go repeats a request only when the response has this header.
  const needsRetry = error.code === 503 && error.details?.retryAfterSeconds === undefined
  sendStatus(response, error, needsRetry ? { 'retry-after': '1' } : {})
}

/** Responds with an error, or closes the connection if the response has begun. */
export function refuse(request: IncomingMessage, response: ServerResponse, error: StatusError): void {
  if (response.headersSent) return void response.destroy()
  if (request.complete) return send(response, error)
  response.setHeader('connection', 'close')
  void bodyGone(request).then(() => send(response, error))
}
