import { createHash } from 'node:crypto'
import { StatusError } from '../../domain/status-error.ts'
import type { Announced } from '../steps.ts'

/** The framing of the connection after the upgrade. */
export type StreamFraming = 'websocket-channels' | 'websocket-base64' | 'websocket-spdy' | 'spdy'
export type Stream = 'exec' | 'attach' | 'portforward'
export type WantedStream = {
  readonly stream: Stream
  readonly transport: 'websocket' | 'spdy/3.1'
  readonly protocols: readonly string[]
  readonly key: string
}

const TUNNEL = 'SPDY/3.1+portforward.k8s.io'
/** From k8s.io/kubelet/pkg/cri/streaming and k8s.io/apimachinery/pkg/util/portforward, v1.37. Other protocols are not offered upstream. */
const KNOWN: Readonly<Record<Stream, Readonly<Record<WantedStream['transport'], readonly string[]>>>> = {
  exec: {
    websocket: ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io', 'channel.k8s.io', 'base64.channel.k8s.io'],
    'spdy/3.1': ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'],
  },
  attach: {
    websocket: ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io', 'channel.k8s.io', 'base64.channel.k8s.io'],
    'spdy/3.1': ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'],
  },
  portforward: {
    websocket: [TUNNEL, 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io'],
    'spdy/3.1': ['portforward.k8s.io'],
  },
}

const refuse = (message: string): StatusError => new StatusError('BadRequest', message)

function streamOf({ classified: { info } }: Announced): Stream {
  const { resource, subresource, apiGroup } = info
  if (apiGroup === '' && resource === 'pods' && (subresource === 'exec' || subresource === 'attach' || subresource === 'portforward'))
    return subresource
  throw refuse('only exec, attach and port-forward of a pod can be upgraded')
}

function checkHandshake({ method, headers }: Announced, key: string): void {
  if (method !== 'GET') throw refuse('a WebSocket handshake must use GET')
  if (headers.get('sec-websocket-version') !== '13' || !/^[A-Za-z0-9+/]{22}==$/.test(key))
    throw refuse('the WebSocket handshake must be of version 13')
}

/**
 * Filters the protocols that the client offers to those that the relay can parse, since other data could not be masked. This also drops a
 * bearer token that is offered as a subprotocol.
 * @throws StatusError BadRequest
 */
export function wantedBy(announced: Announced): WantedStream {
  const { headers, upgrade } = announced
  const stream = streamOf(announced)
  if (upgrade === undefined) throw refuse('an Upgrade header is needed')
  const key = headers.get('sec-websocket-key') ?? ''
  if (upgrade === 'websocket') checkHandshake(announced, key)
  const header = headers.get(upgrade === 'websocket' ? 'sec-websocket-protocol' : 'x-stream-protocol-version') ?? ''
  const offered = header.split(',').map((word) => word.trim())
  const protocols = KNOWN[stream][upgrade].filter((known) => offered.includes(known))
  if (header !== '' && protocols.length === 0)
    throw refuse(`none of the stream protocols that were offered can be relayed; known are ${KNOWN[stream][upgrade].join(', ')}`)
  // Keeps the client's order, since the server picks the first protocol that it supports.
  return { stream, transport: upgrade, key, protocols: protocols.toSorted((a, b) => offered.indexOf(a) - offered.indexOf(b)) }
}

export function formOf({ transport }: WantedStream, protocol: string): StreamFraming {
  if (transport === 'spdy/3.1') return 'spdy'
  if (protocol === TUNNEL) return 'websocket-spdy'
  return protocol.includes('base64') ? 'websocket-base64' : 'websocket-channels'
}

/** Whether the error channel carries a Status; before v4 it is plain text. */
export const speaksStatus = (protocol: string): boolean => /^v[45][.]/.test(protocol)

/** RFC 6455 §4.2.2. */
export const acceptOf = (key: string): string => createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

/** The ports of a query, as in `80,443`: portForwardOptions of k8s.io/kubelet/pkg/cri/streaming/portforward. Undefined if it names none. */
export function portsIn(query: URLSearchParams): ReadonlySet<number> | undefined {
  const words = query.getAll('ports').flatMap((list) => list.split(','))
  return words.length === 0 ? undefined : new Set(words.map(Number))
}
