import type { RelayContext } from '../relay-port.ts'
import { createSpdyRelay } from '../spdy/relay.ts'
import type { MessageEnds, MessageRelaying } from './relay.ts'

const nothing: Buffer = Buffer.alloc(0)

/** Relays SPDY inside WebSocket, which kubectl uses for port-forward since 1.31. Message boundaries do not align with SPDY frames. */
export function createTunnelRelay(ends: MessageEnds, context: RelayContext): MessageRelaying {
  const spdy = createSpdyRelay(
    {
      toClient: (data = nothing, ...more) => ends.toClient({ kind: 'binary', data, more }),
      toUpstream: (data = nothing, ...more) => ends.toUpstream({ kind: 'binary', data, more }),
    },
    context,
  )
  return { ...spdy, fromClient: ({ data }) => spdy.fromClient(data), fromUpstream: ({ data }) => spdy.fromUpstream(data) }
}
