import { once } from 'node:events'
import { createServer as createHttps, request, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createForwarder, type Forwarder, type ForwardTarget } from '../../../apiserver/standby/forwarder.ts'
import { createAuthority } from '../../../hack/cluster/certificate-authority.ts'

const HOST = '127.0.0.1'
let pair: { readonly cert: string; readonly key: string }
let ca = ''
const open: Server[] = []
const forwarders: Forwarder[] = []
beforeAll(async () => {
  const authority = await createAuthority('test')
  ca = authority.cert
  pair = await authority.issue({ commonName: 'localhost', usage: 'server', dns: ['localhost'] })
})
afterEach(async () => {
  for (const forwarder of forwarders.splice(0)) await forwarder.close()
})
afterAll(() => {
  for (const server of open) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(name: string): Promise<{ readonly server: Server; readonly target: ForwardTarget }> {
  // Reads the body first: closing a connection while the client still sends resets it.
  const server = createHttps(pair, (asked, response) => void asked.resume().on('end', () => response.setHeader('connection', 'close').end(name)))
  open.push(server)
  server.listen(0, HOST)
  await once(server, 'listening')
  return { server, target: { host: HOST, port: (server.address() as AddressInfo).port } }
}
/** Nothing listens there. */
const GONE: ForwardTarget = { host: HOST, port: 1 }

async function startForwarder(
  targets: () => readonly ForwardTarget[],
  leaving?: { readonly quietMs: number; readonly mostMs: number },
): Promise<{ readonly forwarder: Forwarder; readonly port: number }> {
  const standby = createHttps(
    pair,
    (asked, response) => void asked.resume().on('end', () => response.setHeader('connection', 'close').end('standby')),
  )
  const forwarder = createForwarder({
    targets,
    standIn: (socket) => void standby.emit('connection', socket),
    connectMs: 60_000,
    ...(leaving === undefined ? {} : { leaving }),
  })
  forwarders.push(forwarder)
  forwarder.server.listen(0, HOST)
  await once(forwarder.server, 'listening')
  return { forwarder, port: (forwarder.server.address() as AddressInfo).port }
}

const ask = (port: number, body = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: 'localhost', port, ca, agent: false, method: 'POST' }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      answer.on('end', () => resolve(text)).on('error', reject)
    })
    sent.on('error', reject).end(body)
  })

test('a connection is forwarded to the apiserver while it serves', async () => {
  const { target } = await serve('apiserver')
  const { port } = await startForwarder(() => [target])
  expect(await ask(port, 'x'.repeat(1_000_000))).toBe('apiserver')
})
test('a connection is served here if no apiserver is reachable, without a change of endpoints', async () => {
  const { target } = await serve('apiserver')
  let targets: readonly ForwardTarget[] = []
  const { port } = await startForwarder(() => targets)
  expect(await ask(port)).toBe('standby')
  targets = [GONE]
  expect(await ask(port, 'x'.repeat(100_000))).toBe('standby')
  targets = [GONE, target]
  expect(await ask(port)).toBe('apiserver')
})
test('no request is lost while the apiserver goes away and comes back', async () => {
  let { server, target } = await serve('apiserver')
  const { port } = await startForwarder(() => [target])
  const answers = new Set<string>()
  for (let round = 0; round < 5; round++) {
    answers.add(await ask(port))
    server.close()
    await once(server, 'close')
    answers.add(await ask(port))
    ;({ server, target } = await serve('apiserver'))
  }
  expect([...answers].toSorted()).toEqual(['apiserver', 'standby'])
})
test('it says how long ago the last connection came, forwarded or served here', async () => {
  const { target } = await serve('apiserver')
  let targets: readonly ForwardTarget[] = []
  const { forwarder, port } = await startForwarder(() => targets)
  for (const next of [[], [target]]) {
    targets = next
    const before = performance.now()
    await ask(port)
    expect(performance.now() - forwarder.unusedMs).toBeGreaterThanOrEqual(before)
  }
})
test('a keep-alive connection ends when its target is gone', async () => {
  const { server, target } = await serve('apiserver')
  server.removeAllListeners('request').on('request', (_, response) => void response.write('never ends'))
  const { forwarder, port } = await startForwarder(() => [target])
  const ended = ask(port)
  ended.catch(() => undefined)
  await once(server, 'request')
  forwarder.leave([target])
  forwarder.leave([])
  await expect(ended).rejects.toThrow(/socket hang up|ECONNRESET|aborted/)
})
test('a request in flight gets its response when its target goes away', async () => {
  const { server, target } = await serve('apiserver')
  let answer: (() => void) | undefined
  server.removeAllListeners('request').on('request', (_, response) => void (answer = () => response.setHeader('connection', 'close').end('late')))
  const { forwarder, port } = await startForwarder(() => [target], { quietMs: 60_000, mostMs: 60_000 })
  const asked = ask(port)
  await once(server, 'request')
  forwarder.leave([])
  answer?.()
  expect(await asked).toBe('late')
})
test('a connection with an endless response is closed after the limit', async () => {
  const { server, target } = await serve('apiserver')
  let pieces: NodeJS.Timeout | undefined
  server.removeAllListeners('request').on('request', (_, response) => void (pieces = setInterval(() => response.write('more'), 10)))
  const { forwarder, port } = await startForwarder(() => [target], { quietMs: 200, mostMs: 500 })
  const asked = ask(port)
  asked.catch(() => undefined)
  await once(server, 'request')
  forwarder.leave([])
  await expect(asked).rejects.toThrow(/socket hang up|ECONNRESET|aborted/)
  clearInterval(pieces)
})
