import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { readObservationsFrom } from '../../../controller/policy-status/read-observations.ts'
import { BodyTooLarge } from '../../../kube/read-bounded.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections()
})

/** Reads from an admin port that answers with this. */
async function readFrom(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return await readObservationsFrom(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/observations`))()
}

/** Redirects to a document that could be read. */
const redirects: RequestListener = ({ url }, response) =>
  void (url === '/other' ? response.end('{}') : response.writeHead(302, { location: '/other' }).end())

/** Sends less than it announced. */
const cut: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-length': '100' }).write('{')
  setImmediate(() => response.destroy())
}

describe('the observations of a gateway', () => {
  it('are the text of its document', async () => {
    expect(await readFrom((_, response) => void response.end('{"é":1}'))).toBe('{"é":1}')
  })
  it('fail for another status, whatever the body says', async () => {
    await expect(readFrom((_, response) => void response.writeHead(503).end('{}'))).rejects.toThrow('the gateway answered 503')
  })
  it('fail for a redirect, even to a document that could be read', async () => {
    await expect(readFrom(redirects)).rejects.toThrow()
  })
  it('fail for an answer that is cut off', async () => {
    await expect(readFrom(cut)).rejects.toThrow()
  })
  it('fail for more bytes than a gateway writes, and the rest is not read', async () => {
    const ended = Promise.withResolvers<void>()
    const endless: RequestListener = (_, response) => {
      const more = (): void => void (response.destroyed || response.write(Buffer.alloc(64 * 1024), more))
      response.on('close', ended.resolve)
      more()
    }
    await expect(readFrom(endless)).rejects.toThrow(BodyTooLarge)
    await ended.promise
  })
})
