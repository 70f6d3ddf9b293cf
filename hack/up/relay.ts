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
 * Leads bytes to another address, which is asked for at each connection: from `localhost`, so that a certificate for that name
 * serves what runs in the node, or from the host and port of `on`. Not TLS itself.
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
    // `localhost` is ::1 first for some clients; where there is none, or the port is taken, they go on to 127.0.0.1.
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
