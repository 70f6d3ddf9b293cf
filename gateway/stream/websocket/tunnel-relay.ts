import type { Watching } from '../relay-port.ts'
import { createSpdyRelay } from '../spdy/relay.ts'
import type { MessageEnds, MessageRelaying } from './relay.ts'

/** Relays SPDY inside WebSocket, which kubectl uses for port-forward since 1.31. Message boundaries do not align with SPDY frames. */
export function createTunnelRelay(ends: MessageEnds, watching: Watching): MessageRelaying {
  const spdy = createSpdyRelay(
    { toClient: (data) => ends.toClient({ kind: 'binary', data }), toUpstream: (data) => ends.toUpstream({ kind: 'binary', data }) },
    watching,
  )
  return { ...spdy, fromClient: ({ data }) => spdy.fromClient(data), fromUpstream: ({ data }) => spdy.fromUpstream(data) }
}
