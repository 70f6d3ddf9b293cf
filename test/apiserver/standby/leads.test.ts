import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect, createServer as createNetServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { standIn, type StandIn } from '../../../apiserver/standby/stand-in.ts'
import { createKubeClient } from '../../../kube/client.ts'

const HOST = '127.0.0.1'
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

async function listening(server: Server): Promise<number> {
  server.listen(0, HOST)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Sends its name to every client and keeps the connection open. */
async function serving(name: string): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createNetServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.write(name)
  })
  ends.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return await listening(server)
}

const sliceOf = (port: number, conditions: object, resourceVersion: string) => ({
  metadata: { name: 'slice', namespace: 'jit-system', resourceVersion },
  ports: [{ name: 'https', port }],
  endpoints: [{ addresses: [HOST], conditions }],
})

/** An API server with one EndpointSlice that sends its changes to watchers. */
async function api(first: object): Promise<{ readonly url: URL; tell(slice: object): void }> {
  const watchers = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    if (!(request.url ?? '').includes('watch=true')) return void response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items: [first] }))
    watchers.add(response)
    response.flushHeaders()
  })
  ends.push(() => (server.closeAllConnections(), server.close()))
  const port = await listening(server)
  return {
    url: new URL(`http://${HOST}:${port}`),
    tell: (object) => {
      for (const watcher of watchers) watcher.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`)
    },
  }
}

type Client = { readonly said: () => string; readonly ended: () => boolean }
function dial(port: number): Client {
  const socket = connect(port, HOST)
  let [text, over] = ['', false]
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  socket.on('error', () => undefined).on('close', () => (over = true))
  ends.push(() => socket.destroy())
  return { said: () => text, ended: () => over }
}

it('it forwards to the apiserver until that is gone, lets connections finish, and answers itself afterwards', async () => {
  const apiserver = await serving('apiserver')
  const { url, tell } = await api(sliceOf(apiserver, { ready: true }, '1'))
  const client = createKubeClient({ server: url, ca: '', credential: { kind: 'token', token: () => Promise.resolve('none') } })
  const changes: boolean[] = []
  const stand: StandIn = standIn({
    client,
    clock: { nowMs: () => Date.now() },
    place: { namespace: 'jit-system', service: 'jit-apiserver-primary' },
    serve: (socket) => void socket.end('stand-in'),
    changed: (now) => changes.push(now),
    onError: () => undefined,
  })
  ends.push(
    () => stand.stop(),
    () => stand.forwarder.close(),
  )
  const port = await listening(stand.forwarder.server)
  expect(stand.settled()).toBe(false)
  stand.start()
  await expect.poll(() => stand.settled()).toBe(true)

  const kept = dial(port)
  await expect.poll(kept.said).toBe('apiserver')
  expect(changes).toEqual([false])

  // Terminating, but still serving its connections.
  tell(sliceOf(apiserver, { ready: false, serving: true, terminating: true }, '2'))
  const late = dial(port)
  await expect.poll(late.said).toBe('apiserver')
  expect([kept.ended(), changes]).toEqual([false, [false]])

  // Gone, with its address still in the slice.
  tell(sliceOf(apiserver, { ready: false, serving: false, terminating: true }, '3'))
  await expect.poll(kept.ended).toBe(true)
  const after = dial(port)
  await expect.poll(after.said).toBe('stand-in')
  expect(changes).toEqual([false, true])
})
