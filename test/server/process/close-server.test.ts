import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { closeServer } from '../../../server/process/close-server.ts'

let server: Server
const sockets: Socket[] = []
beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.closeAllConnections()
  server.close()
})

async function send(): Promise<{ readonly socket: Socket; readonly response: ServerResponse }> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => undefined)
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
  return { socket, response }
}
const textOf = async (socket: Socket): Promise<string> => {
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}
const HOUR_MS = 3600_000

it('closes idle connections and accepts no others', async () => {
  const { socket, response } = await send()
  response.end('done')
  await once(socket, 'data')
  const closed = closeServer(server, HOUR_MS)
  socket.resume()
  await Promise.all([closed, once(socket, 'close')])
  expect(server.listening).toBe(false)
})
it('waits for a request in flight, then closes its connection although the client keeps it open', async () => {
  const { socket, response } = await send()
  const closed = closeServer(server, HOUR_MS)
  response.end('done')
  expect(await textOf(socket)).toMatch(/done/)
  await closed
})
it('closes the connections of requests that do not finish in time', async () => {
  const { socket } = await send()
  await closeServer(server, 1)
  expect(await textOf(socket)).toBe('')
})
it('resolves for a server that does not listen', async () => {
  await closeServer(createServer(), HOUR_MS)
})
