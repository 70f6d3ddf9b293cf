import type { IncomingMessage, ServerResponse } from 'node:http'
import { asStatusError, StatusError } from '../../domain/status-error.ts'
import { StoreUnavailable } from '../storage/port.ts'

/** How long the rest of a refused body is taken in before the connection is cut. */
const DISCARD_MS = 5_000

const unavailable = (cause: StoreUnavailable): StatusError =>
  new StatusError('ServiceUnavailable', 'the store of jit-access cannot be read or written now; nothing was changed', {
    details: { retryAfterSeconds: 1 },
    cause,
  })

/** The Status of whatever was thrown. */
export const refusalFor = (thrown: unknown): StatusError => asStatusError(thrown instanceof StoreUnavailable ? unavailable(thrown) : thrown)

/** What is left of a body is thrown away, so that its client gets to read the answer. */
function discardBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return
  response.setHeader('connection', 'close')
  request.resume()
  setTimeout(() => request.destroy(), DISCARD_MS).unref()
}

/** Answers with an error, or cuts off an answer that has begun. */
export function refuse(request: IncomingMessage, response: ServerResponse, error: StatusError): void {
  if (response.headersSent) return void response.destroy()
  discardBody(request, response)
  const retry = error.details?.retryAfterSeconds ?? (error.code === 503 ? 1 : undefined)
  if (retry !== undefined) response.setHeader('retry-after', String(retry))
  response.writeHead(error.code, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' }).end(JSON.stringify(error.toStatus()))
}
