import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { rawClient, until, type RawClient } from '../oracles/raw-client.ts'
import { head, openNarrowGateway, pour, statusOf, type NarrowGateway } from '../oracles/narrow-gateway.ts'

/** I. Slow clients: those that do not read, and those that do not write. */
let gateway: NarrowGateway
const use = (narrow: Parameters<typeof openNarrowGateway>[0]): void => {
  beforeAll(async () => void (gateway = await openNarrowGateway(narrow)))
  afterAll(() => gateway.fixture.stop())
  beforeEach(() => gateway.begin())
}

const LIST = 'GET /api/v1/namespaces/shop/configmaps'
const LOG = 'GET /api/v1/namespaces/shop/pods/web/log'
const LINES = `${'line '.repeat(13_000)}\n`
const WATCH = `${LIST}?watch=1`

describe('I. a client that reads nothing', () => {
  use({ slowReaderSeconds: 0.4 })
  const item = JSON.stringify({ metadata: { name: 'a' }, data: { a: 'b'.repeat(64 * 1024) } })
  const FORMS: readonly (readonly [string, string, { readonly type: string; readonly first?: string; readonly chunk: string }])[] = [
    ['a list', LIST, { type: 'application/json', first: '{"kind":"ConfigMapList","apiVersion":"v1","items":[', chunk: `${item},` }],
    ['a watch', WATCH, { type: 'application/json', chunk: `{"type":"ADDED","object":${item}}\n` }],
    ['a log', LOG, { type: 'text/plain', chunk: LINES }],
    ['a followed log', `${LOG}?follow=true`, { type: 'text/plain', chunk: LINES }],
  ]
  it.each(FORMS)(
    'I02 a client that reads nothing of %s is disconnected in time, and upstream is throttled',
    async (_, line, { type, first = '', chunk }) => {
      let poured: { readonly taken: number; readonly over: boolean } | undefined
      gateway.answering((_request, response) => {
        response.writeHead(200, { 'content-type': type })
        response.write(first)
        poured = pour(response, Buffer.from(chunk))
      })
      const before = await gateway.reached('slowReader')
      const client = await gateway.open()
      client.socket.pause()
      client.send(head(line))
      await until('upstream is let go', () => poured?.over === true)
      // Bytes in the kernel buffers of three sockets and a few reads here, not everything that was sent.
      expect(poured?.taken).toBeLessThan(32 * 1024 * 1024)
      await until('nothing in flight', () => gateway.fixture.deps.limits.inFlight === 0)
      expect(await gateway.reached('slowReader')).toBe(before + 1)
      await gateway.served()
    },
  )
  it('I02 a client that does not read the end of a list is disconnected as well', async () => {
    gateway.answering((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"kind":"ConfigMapList","apiVersion":"v1","items":[')
      for (let at = 0; at < 160; at++) response.write(`${item},`)
      response.end(`${item}]}`)
    })
    const client = await gateway.open()
    client.socket.pause()
    client.send(head(LIST))
    await until('in flight', () => gateway.fixture.deps.limits.inFlight === 1)
    await until('nothing in flight', () => gateway.fixture.deps.limits.inFlight === 0)
  })
})

describe('I. a client that reads too slowly', () => {
  use({ slowReaderSeconds: 2 })
  it('X71 of many clients that read nothing, only a few are waited for', async () => {
    gateway.answering((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      pour(response, Buffer.from(LINES))
    })
    const before = await gateway.reached('slowReaders')
    const clients = await Promise.all(Array.from({ length: 6 }, () => gateway.open()))
    for (const [index, client] of clients.entries()) {
      client.socket.pause()
      client.send(head(LOG, `reader-${index % 2}`))
    }
    await until('they are served', () => gateway.fixture.deps.limits.inFlight === 6)
    await until('all of them are gone', () => gateway.fixture.deps.limits.inFlight === 0)
    // Of those that waited at once; the others used up their time.
    expect(await gateway.reached('slowReaders')).toBeGreaterThan(before)
    await gateway.served()
  })
})

/** Reads until this many bytes have come, and pauses. */
const readUpTo = ({ socket, text }: RawClient, bytes: number): Promise<void> =>
  new Promise((resolve) => {
    const stop = (): void => {
      if (text().length < bytes) return
      socket.pause().off('data', stop)
      resolve()
    }
    socket.on('data', stop).resume()
  })

describe('I. a client that reads slowly enough', () => {
  use({ slowReaderSeconds: 5 })
  it('I02 a client that reads slowly gets the whole response', async () => {
    const size = 24 * 1024 * 1024
    gateway.answering((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      pour(response, Buffer.from(LINES), size)
    })
    const client = await gateway.open()
    client.send(head(LOG, 'good', 'Connection: close'))
    // Six pauses, together longer than the limit, but none of them alone.
    for (let at = 1; at <= 6; at++) {
      await readUpTo(client, (at * size) / 8)
      await sleep(1000)
    }
    client.socket.resume()
    await client.ended
    expect(client.text().length).toBeGreaterThan(size)
  })
})

type Connect = (to: NarrowGateway) => Promise<RawClient>
const tcp: Connect = (to) => Promise.resolve(to.keep(rawClient(to.door)))
const tls: Connect = (to) => to.open()
const isOpen = ({ socket }: RawClient): boolean => !socket.destroyed && !socket.readableEnded

describe('I. a client that takes its time', () => {
  const HEAD = { headSeconds: 1 }
  const REQUEST = { headSeconds: 1.2, requestSeconds: 1.2 }
  const HANDSHAKE = { handshakeSeconds: 1 }
  const IDLE = { idleSeconds: 0.2 }
  const POST = 'POST /api/v1/namespaces/shop/configmaps'

  let patient: NarrowGateway
  let hasty: NarrowGateway | undefined
  beforeAll(async () => void (patient = await openNarrowGateway()))
  beforeEach(() => patient.begin())
  afterEach(async () => {
    await hasty?.begin()
    await hasty?.fixture.stop()
    hasty = undefined
  })
  afterAll(() => patient.fixture.stop())

  /** Opens a gateway with narrow limits and connects to it, and to a gateway without. */
  async function open(narrow: Parameters<typeof openNarrowGateway>[0], connect: Connect) {
    const to = await openNarrowGateway(narrow)
    hasty = to
    const other = await connect(patient)
    const client = await connect(to)
    return { to, client, other, send: (bytes: string) => [client, other].forEach((each) => each.send(bytes)) }
  }

  it.each([
    ['TCP alone', { narrow: HANDSHAKE, ms: 1000, connect: tcp, bytes: '' }],
    ['a head that has not begun', { narrow: HEAD, ms: 1000, connect: tls, bytes: '' }],
    ['half a head', { narrow: HEAD, ms: 1000, connect: tls, bytes: 'GET /api HTTP/1.1\r\nHost: local' }],
    ['half a body', { narrow: REQUEST, ms: 1200, connect: tls, bytes: head(POST, 'good', 'Content-Length: 100') + '{"a":' }],
    ['half a chunk', { narrow: REQUEST, ms: 1200, connect: tls, bytes: head(POST, 'good', 'Transfer-Encoding: chunked') + '5\r\n{"a' }],
  ])('I03 a client that sends %s is disconnected when its time is over', async (_, { narrow, ms, connect, bytes }) => {
    const { to, client, other, send } = await open(narrow, connect)
    if (bytes !== '') send(bytes)
    await to.served()
    expect(await client.ended).toBeGreaterThan(ms - 100)
    expect(isOpen(other)).toBe(true)
    if (bytes !== '') expect(client.text()).toMatch(/^HTTP\/1[.]1 (408|400) /)
    if (bytes !== '') expect(statusOf(client.text())).toMatchObject({ kind: 'Status', status: 'Failure' })
  })
  it.each([
    [
      'a TLS handshake',
      { narrow: HANDSHAKE, connect: tcp, first: '', bytes: Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, ...Array<number>(400).fill(7)]) },
    ],
    ['a head', { narrow: HEAD, connect: tls, first: '', bytes: Buffer.from(head('GET /api', 'good', `X-A: ${'a'.repeat(400)}`)) }],
    ['a body', { narrow: REQUEST, connect: tls, first: head(POST, 'good', 'Content-Length: 400'), bytes: Buffer.from('a'.repeat(400)) }],
  ])('I03 a client that sends %s byte by byte is disconnected all the same', async (_, { narrow, connect, first, bytes }) => {
    const { client, other, send } = await open(narrow, connect)
    if (first !== '') send(first)
    let at = 0
    const timer = setInterval(() => {
      if (at === bytes.length) return
      if (client.socket.writable) client.send(bytes.subarray(at, at + 1))
      other.send(bytes.subarray(at, ++at))
    }, 30)
    await client.ended
    clearInterval(timer)
    expect(at).toBeLessThan(bytes.length)
    expect(isOpen(other)).toBe(true)
  })
  it('I03 an idle client is disconnected after its response', async () => {
    const { client, other, send } = await open(IDLE, tls)
    send(head('GET /api'))
    await until('an answer', () => [client, other].every(({ text }) => text().includes('{}')))
    await client.ended
    expect(isOpen(other)).toBe(true)
  })
  it('I03 a refused client that does not close its side is disconnected all the same', async () => {
    const { client } = await open(HEAD, (to) => to.open({ halfOpen: true }))
    client.send('GET /api HTTP/1.1\r\n')
    await client.ended
    expect(client.text()).toContain(' 408 ')
    await until('the connection is closed', () => {
      client.send('X-A: b\r\n')
      return client.socket.destroyed
    })
  })
})
