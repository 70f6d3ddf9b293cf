import type { IncomingMessage } from 'node:http'
import { StatusError } from '../../domain/status-error.ts'
import type { Arrived } from '../steps.ts'
import { readFraming } from './read-framing.ts'
import { readHeaders } from './read-headers.ts'
import { readTarget } from './read-target.ts'
import { refuseTokenInQuery, refuseTokenTwice } from './stray-token.ts'

/** What kube-apiserver serves. Everything else has no Kubernetes verb. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])

export type Arrival = {
  readonly auditID: string
  readonly arrivedMs: number
  readonly gone: AbortSignal
  /** Whether Node has handed over the connection for an upgrade. */
  readonly switching: boolean
}

/**
 * Step 1. Node's parser has refused what is no HTTP; this refuses what is HTTP and could be read in two ways.
 * @throws StatusError 400, 401, 403, 405, 414, 431; upstream sees nothing
 */
export function arrive(request: IncomingMessage, { switching, ...arrival }: Arrival): Arrived {
  const method = request.method ?? ''
  if (!METHODS.has(method)) throw new StatusError('MethodNotAllowed', 'the method is not one that Kubernetes serves')
  if (request.httpVersion !== '1.1') throw new StatusError('BadRequest', 'HTTP/1.1 is expected')
  const target = readTarget(request.url ?? '')
  refuseTokenInQuery(target)
  const { headers, token } = readHeaders(request.rawHeaders)
  refuseTokenTwice(target, headers, token)
  const upgrade = readFraming(method, headers, switching)
  return { ...arrival, ...target, address: request.socket.remoteAddress ?? '', method, headers, token, upgrade, payload: request }
}
