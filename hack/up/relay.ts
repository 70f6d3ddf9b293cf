import { connect, createServer, type Server, type Socket } from 'node:net'

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

/** Leads bytes from `localhost` to another address, so that a certificate for `localhost` serves what runs in the node. Not TLS itself. */
export async function startRelay(target: { readonly host: string; readonly port: number }): Promise<Relay> {
  const open = new Set<Socket>()
  const accept = (near: Socket): void => {
    const far = connect(target)
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
  const server = createServer({ allowHalfOpen: true }, accept)
  const port = await listen(server, '127.0.0.1', 0)
  // `localhost` is ::1 first for some clients; where there is none, or the port is taken, they go on to 127.0.0.1.
  const second = createServer({ allowHalfOpen: true }, accept)
  await listen(second, '::1', port).catch(() => undefined)
  return {
    port,
    close: () => {
      server.close()
      second.close()
      for (const socket of open) socket.destroy()
    },
  }
}
