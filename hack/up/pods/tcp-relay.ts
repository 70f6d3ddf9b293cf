import { connect, createServer, type Server, type Socket } from 'node:net'

export type Target = { readonly host: string; readonly port: number }
export type Relay = { readonly port: number; close(): void }

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

/**
 * Relays bytes to a target, which is looked up for each connection. Listens on `localhost`, so that a certificate for that name is valid
 * for what runs in the node, or on the host and port of `on`. Does not terminate TLS.
 */
export async function startRelay(target: () => Target, on?: Target): Promise<Relay> {
  const open = new Set<Socket>()
  const accept = (near: Socket): void => {
    const far = connect(target())
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        open.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }
  const servers = [createServer({ allowHalfOpen: true }, accept)]
  const port = await listen(servers[0] as Server, on?.host ?? '127.0.0.1', on?.port ?? 0)
  if (on === undefined) {
    // Some clients try ::1 first for `localhost`; without IPv6, or if the port is taken there, they fall back to 127.0.0.1.
    const second = createServer({ allowHalfOpen: true }, accept)
    await listen(second, '::1', port).then(
      () => servers.push(second),
      () => undefined,
    )
  }
  return {
    port,
    close: () => {
      for (const server of servers) server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
