import type { Later } from './relay-port.ts'
import type { MessageEnds, MessageRelaying } from './websocket/relay.ts'

/** Relays port-forward over WebSocket, with two channels for each port. Data is not masked: it can be any protocol, often encrypted. */
export function createPortRelay(ends: MessageEnds, later: Later): MessageRelaying {
  return {
    fromClient: (message) => ends.toUpstream(message),
    fromUpstream: (message) => later(() => ends.toClient(message), 0, message.data.length),
    idle: () => Promise.resolve(),
    finish: () => Promise.resolve(),
    sendClosingMessage: () => Promise.resolve(), // the close frame that follows carries the message
    close: () => {},
  }
}
