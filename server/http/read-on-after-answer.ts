import type { RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Keeps Node from cutting a connection when its next request comes before Node has noticed that the answer before is sent.
 *
 * Node stops reading a socket, and pauses the socket's HTTP parser, when a request comes while an answer still waits in the
 * socket (`parserOnIncoming` and `onParserExecuteCommon` in lib/_http_server.js). It learns late that a large answer is sent: a
 * client that has all of it, and uses the connection again at once, is taken for one that does not read. If the head and the
 * body of that request come in two TLS records that are read together, as Go sends them, the body meets the paused parser, and
 * Node ends the connection with `HPE_PAUSED`. The client sees EOF instead of an answer.
 *
 * The socket is told that it has drained, which it is about to be told anyway. Node then goes on reading, unless answers to
 * further requests of this connection wait, so that a client that asks on and on without reading is held back as before.
 */
export function readOnAfterAnswer(server: Server): void {
  const last = new WeakMap<Socket, ServerResponse>()
  const look: RequestListener = ({ socket }, response) => {
    const before = last.get(socket)
    last.set(socket, response)
    // An answer that is not complete would take the event for its own.
    if (before?.writableEnded === true && !before.writableFinished && socket.writableNeedDrain) socket.emit('drain')
  }
  server.prependListener('request', look)
}
