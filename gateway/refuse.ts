import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { StatusError } from '../domain/status-error.ts'
import { sendStatus, statusResponse } from '../server/http/status-response.ts'

const headersOf = (error: StatusError, auditID: string): { readonly [name: string]: string } => ({
  'audit-id': auditID,
  ...(error.code === 401 ? { 'www-authenticate': 'Bearer realm="jit-access"' } : {}),
})

/** Responds with a Status. Closes the connection when the request body was not read, since the remaining bytes are not a request. */
export function refuse(response: ServerResponse, error: StatusError, auditID: string): void {
  sendStatus(response, error, headersOf(error, auditID))
}

/** Time for a client to read the response before its socket is destroyed. Without it, Node keeps the socket open as long as the client does. */
const LINGER_MS = 1_000

/** Responds with a Status on a raw socket and closes it, even if the client keeps its side open. */
export function refuseSocket(socket: Duplex, error: StatusError, auditID: string): void {
  if (!socket.writable) return void socket.destroy()
  const status = statusResponse(error)
  const headers = Object.entries({ ...status.headers, ...headersOf(error, auditID), connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(timer))
  socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 ${error.code} ${STATUS_CODES[error.code] ?? 'Error'}\r\n${headers.join('')}\r\n`), status.body]))
}
