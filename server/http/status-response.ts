import type { ServerResponse } from 'node:http'
import type { StatusError } from '../../domain/status-error.ts'

type Headers = { readonly [name: string]: string }

/** The headers and the body of a response with a Status. Its code is that of the error. */
export function statusResponse(error: StatusError): { readonly headers: Headers; readonly body: Buffer } {
  const { retryAfterSeconds } = error.details ?? {}
  const body = Buffer.from(`${JSON.stringify(error.toStatus())}\n`)
  return {
    headers: {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'cache-control': 'no-cache, private',
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
    body,
  }
}

/**
 * Responds with a Status, or closes the connection if a response has begun. Closes the connection after the response when the request body was
 * not read, since the remaining bytes are not a request. `headers`: further ones, which take precedence. Optional. Defaults to none.
 */
export function sendStatus(response: ServerResponse, error: StatusError, headers: Headers = {}): void {
  if (response.headersSent) return void response.destroy()
  const status = statusResponse(error)
  const unread = response.req.complete ? {} : { connection: 'close' }
  response.writeHead(error.code, { ...status.headers, ...unread, ...headers }).end(status.body)
}
