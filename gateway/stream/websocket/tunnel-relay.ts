import type { Watching } from '../relay-port.ts'
import { createSpdyRelay } from '../spdy/relay.ts'
import type { MessageEnds, MessageRelaying } from './relay.ts'

/** SPDY inside WebSocket, as kubectl forwards ports since 1.31: a message is a run of bytes and no frame. */
export function createTunnelRelay(ends: MessageEnds, watching: Watching): MessageRelaying {
  const spdy = createSpdyRelay(
    { toClient: (data) => ends.toClient({ kind: 'binary', data }), toUpstream: (data) => ends.toUpstream({ kind: 'binary', data }) },
    watching,
  )
  return { ...spdy, fromClient: ({ data }) => spdy.fromClient(data), fromUpstream: ({ data }) => spdy.fromUpstream(data) }
}
