import type { Later } from './relay-port.ts'
import type { MessageEnds, MessageRelaying } from './websocket/relay.ts'

/** Port-forward over WebSocket in channels, two a port. Its bytes are not masked: they are any protocol, often encrypted. */
export function createPortRelay(ends: MessageEnds, later: Later): MessageRelaying {
  return {
    fromClient: (message) => ends.toUpstream(message),
    fromUpstream: (message) => later(() => ends.toClient(message), 0),
    idle: () => Promise.resolve(),
    finish: () => Promise.resolve(),
    goodbye: () => Promise.resolve(), // the close frame that follows says it
    close: () => {},
  }
}
