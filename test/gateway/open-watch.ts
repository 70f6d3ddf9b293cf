import type { ServerResponse } from 'node:http'
import { tlsClient, until } from '../attack/oracles/raw-client.ts'
import { head } from '../attack/oracles/narrow-gateway.ts'
import type { Fixture } from './gateway-fixture.ts'

/** A watch of Pods through the gateway. */
export type OpenWatch = {
  /** Sends a Pod as upstream, and waits until the client has its name. */
  shows(name: string, fields?: object): Promise<void>
  /** Everything that the client got, once the watch has ended. */
  readonly ended: Promise<string>
}

/** Opens a watch, and waits until upstream has it. `lines` are additional header lines. @throws Error when the gateway refuses it */
export async function openWatch(fixture: Fixture, lines: readonly string[] = []): Promise<OpenWatch> {
  const upstream = Promise.withResolvers<ServerResponse>()
  fixture.state.reply = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    upstream.resolve(response)
  }
  const client = await tlsClient({ host: '127.0.0.1', port: fixture.port, ca: fixture.ca })
  client.send(head('GET /api/v1/namespaces/shop/pods?watch=true', 'good', 'Connection: close', ...lines))
  const ended = client.ended.then(() => client.text())
  const refused = ended.then((text) => Promise.reject(new Error(`the watch ended: ${text.slice(0, 200)}`)))
  const response = await Promise.race([upstream.promise, refused])
  return {
    shows: async (name, fields = {}) => {
      response.write(`${JSON.stringify({ type: 'ADDED', object: { kind: 'Pod', metadata: { name }, ...fields } })}\n`)
      await until(`the client has ${name}`, () => client.text().includes(`"${name}"`))
    },
    ended,
  }
}
