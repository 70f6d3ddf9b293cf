import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { StatusError } from '../domain/status-error.ts'

function headersOf(error: StatusError, body: Buffer, auditID: string): { readonly [name: string]: string } {
  const { retryAfterSeconds } = error.details ?? {}
  return {
    'content-type': 'application/json',
    'content-length': String(body.length),
    'cache-control': 'no-cache, private',
    'audit-id': auditID,
    ...(error.code === 401 ? { 'www-authenticate': 'Bearer realm="jit-access"' } : {}),
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  }
}

const bodyOf = (error: StatusError): Buffer => Buffer.from(`${JSON.stringify(error.toStatus())}\n`)

/** Responds with a Status. Closes the connection when the request body was not read, since the remaining bytes are not a request. */
export function refuse(response: ServerResponse, error: StatusError, auditID: string): void {
  const body = bodyOf(error)
  const unread = !response.req.complete
  response.writeHead(error.code, { ...headersOf(error, body, auditID), ...(unread ? { connection: 'close' } : {}) }).end(body)
}

/** Time for a client to read the response before its socket is destroyed. Without it, Node keeps the socket open as long as the client does. */
const LINGER_MS = 1_000

/** Responds with a Status on a raw socket and closes it, even if the client keeps its side open. */
export function refuseSocket(socket: Duplex, error: StatusError, auditID: string): void {
  if (!socket.writable) return void socket.destroy()
  const body = bodyOf(error)
  const headers = Object.entries({ ...headersOf(error, body, auditID), connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`)
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(timer))
  socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 ${error.code} ${STATUS_CODES[error.code] ?? 'Error'}\r\n${headers.join('')}\r\n`), body]))
}
