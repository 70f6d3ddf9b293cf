import type { RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Prevents Node from closing a connection when its next request arrives before Node has noticed that the previous response was sent.
 *
 * Node stops reading a socket and pauses its HTTP parser when a request arrives while a response is still buffered in the socket (`parserOnIncoming`
 * and `onParserExecuteCommon` in lib/_http_server.js). Node notices late that a large response was sent: it treats a client that has received all of
 * it and immediately reuses the connection as a client that does not read. If the head and the body of that request arrive in two TLS records that
 * are read together, as Go sends them, the body reaches the paused parser, and Node closes the connection with `HPE_PAUSED`. The client sees EOF
 * instead of a response.
 *
 * This emits the `drain` event that the socket is about to emit anyway. Node then continues to read, unless responses to further requests on this
 * connection are queued. So a client that sends requests without reading is still throttled.
 */
export function readOnAfterAnswer(server: Server): void {
  const last = new WeakMap<Socket, ServerResponse>()
  const look: RequestListener = ({ socket }, response) => {
    const before = last.get(socket)
    last.set(socket, response)
    // An incomplete response would treat the event as its own.
    if (before?.writableEnded === true && !before.writableFinished && socket.writableNeedDrain) socket.emit('drain')
  }
  server.prependListener('request', look)
}
