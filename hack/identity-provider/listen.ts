import type { Server } from 'node:https'

/** Uses one port on every address; the first server picks it if none is given. */
export async function listenOn(servers: readonly Server[], addresses: readonly string[], wanted: number): Promise<number> {
  let port = wanted
  for (const [index, server] of servers.entries()) {
    await new Promise<void>((done, fail) => {
      server.once('error', fail)
      server.listen(port, addresses[index], () => (server.off('error', fail), done()))
    })
    const bound = server.address()
    if (typeof bound === 'object' && bound !== null) port = bound.port
  }
  return port
}

export function close(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done())
    server.closeAllConnections()
  })
}
