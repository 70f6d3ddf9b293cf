import type { Server } from 'node:http'

const IDLE_MS = 50
/** Time for requests in flight to finish. Held operations of the gateway do not finish within it. */
const FINISH_MS = 10_000

/**
 * Stops accepting connections and resolves when the last one has closed. Closes idle connections as they become idle, since clients keep them
 * open, and all others after `finishMs`. Optional. Defaults to ten seconds.
 */
export function closeServer(server: Server, finishMs = FINISH_MS): Promise<void> {
  return new Promise((resolve) => {
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_MS)
    const rest = setTimeout(() => server.closeAllConnections(), finishMs)
    server.close(() => {
      clearInterval(idle)
      clearTimeout(rest)
      resolve()
    })
  })
}
