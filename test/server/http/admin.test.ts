import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Server } from 'node:http'
import { createAdminServer } from '../../../server/http/admin.ts'

let server: Server
let ready: boolean
beforeEach(async () => {
  ready = true
  server = createAdminServer({
    registry: new Registry(),
    ready: [{ name: 'store', ok: () => ready }],
    documents: { '/observations': () => '{"seen":1}' },
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

/** The status line and the body of an answer to a request line. */
async function ask(line: string): Promise<readonly [string, string]> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(`${line} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  const [head = '', body = ''] = text.split('\r\n\r\n')
  return [head.split('\r\n')[0] ?? '', body]
}

it('serves the documents that it was given, and no other path', async () => {
  expect(await ask('GET /observations')).toEqual(['HTTP/1.1 200 OK', expect.stringContaining('{"seen":1}')])
  expect((await ask('GET /constructor'))[0]).toBe('HTTP/1.1 404 Not Found')
})
it('answers health checks and names the check that fails', async () => {
  expect(await ask('GET /livez')).toEqual(['HTTP/1.1 200 OK', expect.stringContaining('ok')])
  expect((await ask('GET /readyz'))[0]).toBe('HTTP/1.1 200 OK')
  ready = false
  expect(await ask('GET /readyz')).toEqual(['HTTP/1.1 500 Internal Server Error', expect.stringContaining('[-]store failed')])
  expect((await ask('GET /livez'))[0]).toBe('HTTP/1.1 200 OK')
})
it.each([
  ['GET //', 404],
  ['GET http://[/', 404],
  ['GET /debug/pprof', 404],
  ['GET *', 404],
  ['POST /metrics', 405],
])('answers "%s" with %i', async (line, code) => {
  expect((await ask(line))[0]).toMatch(new RegExp(`^HTTP/1.1 ${code} `))
})
