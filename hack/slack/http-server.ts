import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Received = { readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: string }
export type Reply = { readonly status: number; readonly headers?: { readonly [name: string]: string }; readonly body?: string }

export type HttpServer = { readonly url: string; readonly port: number; stop(): Promise<void> }

/** A receiver of HTTP requests on a free port. `answer` returns undefined to never answer. */
export async function startHttpServer(answer: (received: Received) => Reply | undefined, address = '127.0.0.1'): Promise<HttpServer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const reply = answer({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') })
      if (reply !== undefined) response.writeHead(reply.status, { connection: 'close', ...reply.headers }).end(reply.body ?? '')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${address}:${port}`,
    port,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
