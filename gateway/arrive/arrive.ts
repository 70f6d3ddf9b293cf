import type { IncomingMessage } from 'node:http'
import { StatusError } from '../../domain/status-error.ts'
import type { Arrived } from '../steps.ts'
import { readAskPrefix, refuseOtherAskPrefix } from './ask-prefix.ts'
import { readFraming } from './read-framing.ts'
import { readHeaders } from './read-headers.ts'
import { readTarget } from './read-target.ts'
import { refuseTokenInQuery, refuseTokenInWords, refuseTokenTwice } from './stray-token.ts'

/** Methods that kube-apiserver serves. All others have no Kubernetes verb. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])

export type Arrival = {
  readonly auditID: string
  readonly arrivedMs: number
  readonly gone: AbortSignal
  /** Whether Node emitted this request as an upgrade, with its raw socket. */
  readonly switching: boolean
}

/**
 * The step `arrive`. Refuses HTTP requests that are ambiguous. Node's parser has already refused invalid HTTP.
 * @throws StatusError 400, 401, 403, 405, 414, 431; nothing reaches upstream
 */
export function arrive(request: IncomingMessage, { switching, ...arrival }: Arrival): Arrived {
  const method = request.method ?? ''
  if (!METHODS.has(method)) throw new StatusError('MethodNotAllowed', 'the method is not one that Kubernetes serves')
  if (request.httpVersion !== '1.1') throw new StatusError('BadRequest', 'HTTP/1.1 is required')
  const { url, askFirst } = readAskPrefix(request.url ?? '')
  const target = readTarget(url)
  refuseOtherAskPrefix(target.path)
  refuseTokenInQuery(target)
  const { headers, token } = readHeaders(request.rawHeaders)
  refuseTokenTwice(target, headers, token)
  if (askFirst !== undefined) refuseTokenInWords(askFirst, token)
  const upgrade = readFraming(method, headers, switching)
  const asks = askFirst === undefined ? {} : { askFirst }
  return { ...arrival, ...target, ...asks, address: request.socket.remoteAddress ?? '', method, headers, token, upgrade, payload: request }
}
