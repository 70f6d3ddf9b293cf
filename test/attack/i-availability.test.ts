import type { ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { StatusError } from '../../domain/status-error.ts'
import { CALLER, createWorld, type World } from '../gateway/world.ts'
import { rawClient, tlsClient, until, type RudeClient } from './oracles/client.ts'
import type { Door } from './oracles/wire.ts'

/** I. Availability on the wire: a gateway of this process with short limits, before an upstream that answers as it is told. */
const LIMITS = {
  inFlight: 8,
  inFlightPerIdentity: 4,
  connections: 40,
  connectionsPerAddress: 30,
  handshakeSeconds: 0.3,
  headSeconds: 0.3,
  requestSeconds: 0.6,
  slowReaderSeconds: 0.4,
}
const caller = (name: string) => ({ ...CALLER, identity: { ...CALLER.identity, username: `oidc:${name}` }, session: name })
const authenticator = (token: string) =>
  token === 'bad' ? Promise.reject(new StatusError('Unauthorized', 'no')) : Promise.resolve(caller(token === 'good' ? 'agent' : token))
let world: World
let door: Door
const clients: RudeClient[] = []
beforeAll(async () => {
  world = await createWorld(() => ({ authenticator }), LIMITS)
  door = { host: '127.0.0.1', port: world.port, ca: world.ca }
})
afterAll(() => world.stop())
beforeEach(async () => {
  for (const client of clients.splice(0)) client.leave()
  answering((_, response) => void response.setHeader('content-type', 'application/json').end('{}'))
  await until('nothing in flight', () => world.doors.limits.inFlight === 0)
})

const open = async (...options: Parameters<typeof tlsClient> extends [Door, ...infer Rest] ? Rest : never): Promise<RudeClient> => {
  const client = await tlsClient(door, ...options)
  clients.push(client)
  return client
}
const head = (line: string, token = 'good', ...more: readonly string[]): string =>
  [`${line} HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${token}`, ...more, '', ''].join('\r\n')
const LIST = 'GET /api/v1/namespaces/shop/configmaps'
const WATCH = `${LIST}?watch=1`
const LOG = 'GET /api/v1/namespaces/shop/pods/web/log'
const LINES = `${'line '.repeat(13_000)}\n`
const reached = async (bound: string): Promise<number> => {
  const { values } = (await world.registry.getSingleMetric('jit_gateway_bounds_reached_total')?.get()) ?? { values: [] }
  return values.find(({ labels }) => labels['bound'] === bound)?.value ?? 0
}
/** What upstream says; `served` is answered whatever it says to others. */
const answering = (reply: World['state']['reply']): void => {
  world.state.reply = (request, response, seen) =>
    request.url === '/api' ? void response.setHeader('content-type', 'application/json').end('{}') : reply(request, response, seen)
}
/** What the gateway answers to everybody else meanwhile. */
const served = async (token = 'good'): Promise<void> => {
  const answer = await world.raw(head('GET /api', token, 'Connection: close'))
  expect(answer.status).toBe(200)
}
const statusOf = (text: string): unknown => JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))

/** Writes as long as somebody takes it; gives what was taken. */
function pour(response: ServerResponse, chunk: Buffer, bytes = Infinity): { taken: number; over: boolean } {
  const poured = { taken: 0, over: false }
  const more = (): void => {
    while (!response.destroyed && poured.taken < bytes) {
      poured.taken += chunk.length
      if (!response.write(chunk)) return void response.once('drain', more)
    }
    response.end()
  }
  response.once('close', () => (poured.over = true))
  more()
  return poured
}

describe('I. a client that reads nothing', () => {
  const item = JSON.stringify({ metadata: { name: 'a' }, data: { a: 'b'.repeat(64 * 1024) } })
  const FORMS: readonly (readonly [string, string, { readonly type: string; readonly first?: string; readonly chunk: string }])[] = [
    ['a list', LIST, { type: 'application/json', first: '{"kind":"ConfigMapList","apiVersion":"v1","items":[', chunk: `${item},` }],
    ['a watch', WATCH, { type: 'application/json', chunk: `{"type":"ADDED","object":${item}}\n` }],
    ['a log', LOG, { type: 'text/plain', chunk: LINES }],
    ['a log that is followed', `${LOG}?follow=true`, { type: 'text/plain', chunk: LINES }],
  ]
  it.each(FORMS)('I02 of %s without end is cut off in time, and upstream was held back', async (_, line, { type, first = '', chunk }) => {
    let poured: { readonly taken: number; readonly over: boolean } | undefined
    answering((_request, response) => {
      response.writeHead(200, { 'content-type': type })
      response.write(first)
      poured = pour(response, Buffer.from(chunk))
    })
    const before = await reached('slowReader')
    const client = await open()
    client.socket.pause()
    client.send(head(line))
    await until('upstream is let go', () => poured?.over === true)
    // What kernels hold between three sockets, and a few reads here: not what came.
    expect(poured?.taken).toBeLessThan(32 * 1024 * 1024)
    await until('nothing in flight', () => world.doors.limits.inFlight === 0)
    expect(await reached('slowReader')).toBe(before + 1)
    await served()
  })
  it('I02 of the end of a list is cut off as well', async () => {
    answering((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"kind":"ConfigMapList","apiVersion":"v1","items":[')
      for (let at = 0; at < 160; at++) response.write(`${item},`)
      response.end(`${item}]}`)
    })
    const client = await open()
    client.socket.pause()
    client.send(head(LIST))
    await until('in flight', () => world.doors.limits.inFlight === 1)
    await until('nothing in flight', () => world.doors.limits.inFlight === 0)
  })
  it('I02 who reads slowly, but reads, gets all of it', async () => {
    const size = 24 * 1024 * 1024
    answering((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      pour(response, Buffer.from(LINES), size)
    })
    const client = await open()
    client.send(head(LOG, 'good', 'Connection: close'))
    // Six breaks, together longer than the limit; none of them is.
    for (let at = 0; at < 6; at++) {
      client.socket.pause()
      await sleep(100)
      client.socket.resume()
      await sleep(15)
    }
    await client.ended
    expect(client.text().length).toBeGreaterThan(size)
  })
})

describe('I. a client that takes its time', () => {
  it.each([
    ['TCP alone', 300, () => rawClient(door), ''],
    ['a head that has not begun', 300, open, ''],
    ['half a head', 300, open, 'GET /api HTTP/1.1\r\nHost: local'],
    ['half a body', 600, open, head('POST /api/v1/namespaces/shop/configmaps', 'good', 'Content-Length: 100') + '{"a":'],
    ['half a chunk', 600, open, head('POST /api/v1/namespaces/shop/configmaps', 'good', 'Transfer-Encoding: chunked') + '5\r\n{"a'],
  ])('I03 with %s is cut off after %i ms', async (_, ms, connect, bytes) => {
    const client = await connect()
    clients.push(client)
    if (bytes !== '') client.send(bytes)
    await served()
    const took = await client.ended
    expect(took).toBeGreaterThan(ms - 100)
    expect(took).toBeLessThan(ms + 1500)
    if (bytes !== '') expect(client.text()).toMatch(/^HTTP\/1[.]1 (408|400) /)
    if (bytes !== '') expect(statusOf(client.text())).toMatchObject({ kind: 'Status', status: 'Failure' })
  })
  it.each([
    ['a TLS handshake', () => Promise.resolve(rawClient(door)), Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, ...Array(400).fill(7)])],
    ['a head', open, Buffer.from(head('GET /api', 'good', `X-A: ${'a'.repeat(400)}`))],
    ['a body', open, Buffer.from('a'.repeat(400))],
  ])('I03 byte by byte with %s is cut off all the same', async (what, connect, bytes) => {
    const client = await connect()
    clients.push(client)
    if (what === 'a body') client.send(head('POST /api/v1/namespaces/shop/configmaps', 'good', 'Content-Length: 400'))
    let at = 0
    const timer = setInterval(() => client.socket.writable && at < bytes.length && client.send(bytes.subarray(at, ++at)), 30)
    const took = await client.ended
    clearInterval(timer)
    expect(took).toBeLessThan(2500)
    expect(at).toBeLessThan(bytes.length)
  })
  it('I03 when it does not close its side either, the connection is gone', async () => {
    const client = await open({ halfOpen: true })
    client.send('GET /api HTTP/1.1\r\n')
    await client.ended
    expect(client.text()).toContain(' 408 ')
    await until('what is sent finds nobody', () => {
      client.send('X-A: b\r\n')
      return client.socket.destroyed
    })
  })
})

const WRITE = 'POST /api/v1/namespaces/shop/configmaps'
const codes = (text: string): readonly string[] => [...text.matchAll(/HTTP\/1[.]1 (\d+)/g)].map(([, code = '']) => code)
/** A watch that upstream leaves open. */
const watching = async (token: string): Promise<RudeClient> => {
  const client = await open()
  client.send(head(WATCH, token))
  await until('an answer', () => client.text() !== '')
  return client
}
const endless = (): void => answering((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders())

describe('I. many at once', () => {
  it('I09 watches of one agent are bounded by 429 with Retry-After, and those of others go on', async () => {
    endless()
    const before = await reached('inFlightPerIdentity')
    for (let at = 0; at < LIMITS.inFlightPerIdentity; at++) expect((await watching('one')).text()).toContain(' 200 ')
    const over = await watching('one')
    expect(over.text()).toMatch(/^HTTP\/1[.]1 429 [^]*retry-after: 1\r\n/)
    expect(statusOf(over.text())).toMatchObject({ kind: 'Status', code: 429, reason: 'TooManyRequests', details: { retryAfterSeconds: 1 } })
    expect(await reached('inFlightPerIdentity')).toBe(before + 1)
    for (let at = 0; at < LIMITS.inFlight - LIMITS.inFlightPerIdentity; at++) expect((await watching('two')).text()).toContain(' 200 ')
    // All together: a third has done nothing yet, and waits with the others.
    expect((await watching('three')).text()).toContain(' 429 ')
    expect(await reached('inFlight')).toBe(1)
    clients[0]?.leave()
    await until('room again', () => world.doors.limits.inFlight < LIMITS.inFlight)
    await served('three')
  })
  it('I09 what kube-apiserver says of too many is passed on with its Retry-After', async () => {
    answering((_, response) => {
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '7' })
      response.end(JSON.stringify(new StatusError('TooManyRequests', 'later', { details: { retryAfterSeconds: 7 } }).toStatus()))
    })
    const answer = await world.raw(head(LIST, 'good', 'Connection: close'))
    expect(answer.status).toBe(429)
    expect(answer.head).toMatch(/retry-after: 7/i)
  })
  it('X36 connections of one address are bounded before TLS; others are served again when some have gone', async () => {
    const before = await reached('connectionsPerAddress')
    const held = await Promise.all(Array.from({ length: LIMITS.connectionsPerAddress }, () => Promise.resolve(rawClient(door))))
    await until('all of them stand', () => held.every(({ socket }) => !socket.connecting))
    const over = rawClient(door)
    expect(await over.ended).toBeLessThan(200)
    expect(await reached('connectionsPerAddress')).toBe(before + 1)
    for (const client of held) client.leave()
    await until('room again', () => served().then(...([() => true, () => false] as const)))
  })
  it('X37 requests that are pipelined without reading an answer are bounded, and so is what waits', async () => {
    const before = await reached('pipelined')
    const client = await open()
    client.send(head(LIST, 'bad').repeat(100) + head('GET /api', 'good', 'Connection: close'))
    await client.ended
    const answered = codes(client.text())
    // The one that is too many ends the connection, and with it what follows.
    expect(answered).toEqual([...Array<string>(16).fill('401'), '429'])
    expect(await reached('pipelined')).toBeGreaterThan(before)
    await served()
  })
  it('X38 bodies that one agent keeps coming do not take the room of others', async () => {
    // Twelve times just under 3 MiB is more than an identity may have, and less than all may.
    const limits = { ...world.doors.limits }
    const rooms = Array.from({ length: 10 }, () => limits.room('oidc:greedy'))
    for (const room of rooms) room.take(3 * 1024 * 1024)
    expect(() => limits.room('oidc:greedy').take(3 * 1024 * 1024)).toThrow(expect.objectContaining({ code: 429, details: { retryAfterSeconds: 1 } }))
    const answer = await world.raw(
      head(WRITE, 'greedy', 'Content-Type: application/json', `Content-Length: ${3 * 1024 * 1024}`) +
        '{"a":"' +
        'b'.repeat(3 * 1024 * 1024 - 8) +
        '"}',
    )
    expect(answer.status).toBe(429)
    expect(answer.head).toMatch(/retry-after: 1/)
    expect(await reached('bodiesPerIdentity')).toBe(2)
    expect((await world.send(WRITE, ['Content-Type: application/json'], '{}')).status).toBe(403)
    for (const room of rooms) room.release()
    expect((await world.raw(head(WRITE, 'greedy', 'Content-Type: application/json', 'Connection: close', 'Content-Length: 2') + '{}')).status).toBe(
      403,
    )
  })
})

describe('I. protocols', () => {
  it('I01 HTTP/2 is not spoken: not chosen, not by prior knowledge, not by upgrade', async () => {
    await expect(open({ protocols: ['h2'] })).rejects.toThrow()
    const both = await open({ protocols: ['h2', 'http/1.1'] })
    expect((both.socket as TLSSocket).alpnProtocol).toBe('http/1.1')
    both.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    await both.ended
    expect(codes(both.text())).toEqual(['400'])
    const upgrade = await world.raw(
      head(LIST, 'good', 'Connection: Upgrade, HTTP2-Settings, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'),
    )
    expect(upgrade.status).toBe(200)
    expect(upgrade.head).not.toMatch(/upgrade/i)
  })
})
