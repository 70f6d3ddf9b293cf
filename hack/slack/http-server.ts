import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Received = { readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: string }
export type Reply = { readonly status: number; readonly headers?: { readonly [name: string]: string }; readonly body?: string }

/** An HTTP server for one test. `answer` returns undefined to never answer. */
export async function startHttpServer(answer: (received: Received) => Reply | undefined): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const reply = answer({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') })
      if (reply !== undefined) response.writeHead(reply.status, { connection: 'close', ...reply.headers }).end(reply.body ?? '')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
