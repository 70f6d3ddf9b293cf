import { StatusError } from '../../domain/status-error.ts'
import { withoutAskPrefix } from './ask-prefix.ts'
import type { Arrived } from '../steps.ts'

const refuse = (message: string): StatusError => new StatusError('BadRequest', message)

/** Whether the request has a body. @throws StatusError BadRequest for an ambiguous length or transfer coding */
function hasBody(headers: ReadonlyMap<string, string>): boolean {
  const length = headers.get('content-length')
  const coding = headers.get('transfer-encoding')
  if (length !== undefined && coding !== undefined) throw refuse('both Content-Length and Transfer-Encoding')
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw refuse('a Content-Length that is not a number')
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') throw refuse('a Transfer-Encoding other than chunked')
  if (headers.has('trailer')) throw refuse('trailers are not accepted')
  return coding !== undefined || (length !== undefined && Number(length) > 0)
}

/**
 * Whether a request asks for an upgrade on a path that supports one. Node calls this during parsing, so it must not throw. An Upgrade
 * header on any other path is ignored; this is how WebSocket watches fall back to plain ones.
 */
export function wantsUpgrade(url: string | undefined, upgrade: string | undefined): boolean {
  return upgrade !== undefined && /^\/api\/v1\/namespaces\/[^/?]+\/pods\/[^/?]+\/(exec|attach|portforward)(\?|$)/.test(withoutAskPrefix(url ?? ''))
}

/** Checks the message framing. Returns the upgrade protocol, or undefined when the request is not an upgrade. @throws StatusError BadRequest */
export function readFraming(method: string, headers: ReadonlyMap<string, string>, switching: boolean): Arrived['upgrade'] {
  const body = hasBody(headers)
  if (body && (method === 'GET' || method === 'HEAD')) throw refuse(`a ${method} has no body`)
  if (!switching) return undefined
  if (body) throw refuse('an upgrade has no body')
  const protocol = headers.get('upgrade')?.toLowerCase()
  if (protocol !== 'websocket' && protocol !== 'spdy/3.1') throw refuse('an Upgrade to something other than websocket or SPDY/3.1')
  return protocol
}
