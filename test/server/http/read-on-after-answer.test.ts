import { createServer, type Server } from 'node:https'
import { Duplex } from 'node:stream'
import { connect } from 'node:tls'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { localhost, type Localhost } from '../../fakes/localhost.ts'
import { readOnAfterAnswer } from '../../../server/http/read-on-after-answer.ts'

let pair: Localhost
let ca = ''
beforeAll(async () => {
  pair = await localhost('test')
  ca = pair.ca
})
const ends: Duplex[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end.destroy()
})

/** More than a socket buffers before it reports that it is full, and than one TLS write. */
const LARGE = 'a'.repeat(100_000)

/** The two ends of a connection on which the server learns late that its data was sent, and on which the data of the client arrives at once. */
function line(): { readonly server: Duplex; readonly client: Duplex; readonly lag: () => void; readonly gather: (writes: number) => void } {
  let lagging = false
  let wanted = 0
  const gathered: Buffer[] = []
  const server: Duplex = new Duplex({
    read: () => undefined,
    writev: (chunks: readonly { readonly chunk: Buffer }[], written) => {
      for (const { chunk } of chunks) client.push(chunk)
      if (!lagging) written()
    },
  })
  const client: Duplex = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _, written) => {
      gathered.push(chunk)
      if (gathered.length >= wanted) server.push(Buffer.concat(gathered.splice(0)))
      written()
    },
  })
  ends.push(server, client)
  return {
    server,
    client,
    lag: () => void (lagging = true),
    gather: (writes) => void (wanted = writes),
  }
}

/** The requests that the server received: one with a large response, and one whose head and body arrive in two TLS records of one read. */
async function askAgain(
  prepare: (server: Server) => void,
  { head, body }: { readonly head: string; readonly body: string },
): Promise<readonly string[]> {
  const { server: near, client: far, lag, gather } = line()
  const received: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const server = createServer(pair, (request, response) => {
    if (request.method === 'GET') {
      lag()
      received.push('GET')
      return void response.end(LARGE)
    }
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      received.push(text)
      resolve()
    })
  })
  server.on('clientError', (error: Error & { readonly code?: string }, socket) => {
    received.push(error.code ?? '')
    socket.destroy()
    resolve()
  })
  prepare(server)
  server.emit('connection', near)
  const socket = connect({ socket: far, ca, servername: 'localhost' })
  socket.on('error', () => undefined)
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  let came = 0
  socket.on('data', (chunk: Buffer) => {
    const before = came
    came += chunk.length
    if (came <= LARGE.length || before > LARGE.length) return
    gather(2)
    socket.write(head, () => socket.write(body))
  })
  await promise
  return received
}
const HELLO = { head: 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\n', body: 'hello' }

test('a request that is sent as soon as a large response has arrived is received', async () => {
  expect(await askAgain(readOnAfterAnswer, HELLO)).toEqual(['GET', 'hello'])
})
test('without the listener Node closes the connection; when this fails, the listener is no longer needed', async () => {
  expect(await askAgain(() => undefined, HELLO)).toEqual(['GET', 'HPE_PAUSED'])
})
