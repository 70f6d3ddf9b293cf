import type { RelayContext } from '../relay-port.ts'
import { createSpdyRelay } from '../spdy/relay.ts'
import type { MessageEnds, MessageRelaying } from './relay.ts'

/** Relays SPDY inside WebSocket, which kubectl uses for port-forward since 1.31. Message boundaries do not align with SPDY frames. */
export function createTunnelRelay(ends: MessageEnds, context: RelayContext): MessageRelaying {
  const spdy = createSpdyRelay(
    { toClient: (data) => ends.toClient({ kind: 'binary', data }), toUpstream: (data) => ends.toUpstream({ kind: 'binary', data }) },
    context,
  )
  return { ...spdy, fromClient: ({ data }) => spdy.fromClient(data), fromUpstream: ({ data }) => spdy.fromUpstream(data) }
}
