import { createHash, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RecordEvent } from '../../../domain/record/events.ts'
import { createUpstream } from '../../../gateway/forward/upstream.ts'
import { createRelay } from '../../../gateway/stream/relay.ts'
import { closeData, frameOf, MessageReader, type WebSocketMessage } from '../../../gateway/stream/websocket/frames.ts'
import { bytesIn } from '../../fakes/bytes-in.ts'
import { recorderTo } from '../../fakes/recorder.ts'
import { CALLER, CANARY, createFixture, type Fixture } from '../../gateway/gateway-fixture.ts'
import { liveGrant } from '../../domain/builders.ts'
import { cheapestOf } from '../../measure/processor-cost.ts'
import { leaksIn } from '../oracles/canary.ts'
import { tlsClient, until, type RawClient } from '../oracles/raw-client.ts'
import { head, pour } from '../oracles/narrow-gateway.ts'

/** E. Bounds of streams: a failing recorder, endless lines, endless frames. The kubelet is part of this test. */
let fixture: Fixture
let kubelet: Server
let container: Duplex | undefined
const recorded: RecordEvent[] = []
let failsAt: string | undefined
/** Milliseconds that recording an event takes; code that awaits each record is slowed by it. */
let recordMs = 0
/** How often an event was recorded while no other was: code that awaits each record does so for each. */
let [waits, pending] = [0, 0]
const record = (event: RecordEvent): void => {
  if (event.event === failsAt) throw new Error('no space left on device')
  recorded.push(event)
}

beforeAll(async () => {
  kubelet = createServer().on('upgrade', ({ headers }, socket: Duplex) => {
    const accept = createHash('sha1')
      .update(`${headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    socket.on('error', () => {})
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n`,
    )
    container = socket
  })
  await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve))
  const upstream = createUpstream({
    server: new URL(`http://127.0.0.1:${(kubelet.address() as AddressInfo).port}`),
    ca: '',
    credential: { kind: 'token', token: () => Promise.resolve('t') },
  })
  fixture = await createFixture()
  const { masking, clock, catchUp, heldRoom } = fixture.deps
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  Object.assign(fixture.deps, {
    relay: createRelay({
      upstream,
      masking,
      catchUp,
      heldRoom,
      clock,
      log,
      registry: new Registry(),
      recorder: recorderTo(async (event) => {
        if (pending++ === 0) waits++
        if (recordMs > 0) await new Promise((resolve) => setTimeout(resolve, recordMs))
        pending--
        record(event)
      }),
    }),
  })
  fixture.grants.push(liveGrant({ rules: [{ verbs: ['create'], resources: ['pods/exec'], namespaces: ['shop'] }] }))
  const [policy] = fixture.policies
  fixture.policies.splice(0, 1, {
    ...(policy as NonNullable<typeof policy>),
    spec: {
      subjects: [{ kind: 'Group', name: 'oidc:agents' }],
      rules: [{ name: 'exec', match: { resources: ['pods'], subresources: ['exec'] }, effect: 'RequireGrant' }],
    },
  })
})
afterAll(async () => {
  await fixture.stop()
  kubelet.closeAllConnections()
  kubelet.close()
})

const SOCKET = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: v5.channel.k8s.io',
]
async function exec(): Promise<RawClient> {
  recorded.length = 0
  container = undefined
  const client = await tlsClient({ host: '127.0.0.1', port: fixture.port, ca: fixture.ca })
  client.send(head('GET /api/v1/namespaces/shop/pods/web/exec?command=sh&stdout=1', 'good', ...SOCKET))
  return client
}
const stdout = (text: string): Buffer => frameOf({ kind: 'binary', data: Buffer.from(`\u0001${text}`) }, false)
const messagesOf = (client: RawClient): readonly WebSocketMessage[] => {
  const raw = Buffer.from(client.text(), 'latin1')
  return new MessageReader({ fromClient: false, limit: 1 << 22 }).push(raw.subarray(raw.indexOf('\r\n\r\n') + 4))
}

describe('E. bounds of a stream', () => {
  it('E13 a stream whose start cannot be recorded is not opened', async () => {
    failsAt = 'stream.opened'
    const client = await exec()
    await client.ended
    expect(client.text()).toMatch(/^HTTP\/1[.]1 503 /)
    failsAt = undefined
  })
  it('E13 output that cannot be recorded is not shown and ends the stream', async () => {
    const client = await exec()
    await until('it stands', () => client.text().includes(' 101 ') && container !== undefined)
    container?.write(stdout('shown\n'))
    await until('it is shown', () => client.text().includes('shown'))
    failsAt = 'stream.data'
    container?.write(stdout('unrecorded\n'))
    await client.ended
    failsAt = undefined
    expect(client.text()).not.toContain('unrecorded')
    expect(client.text()).toContain('cannot go on')
    await until('its end is recorded', () => recorded.some((event) => event.event === 'stream.closed' && event.reason === 'failed'))
    expect(container?.destroyed === true || container?.readableEnded === true).toBe(true)
  })
  it('E19 a line of a hundred megabytes takes bounded memory, and a value in it is masked', async () => {
    const size = 100 * 1024 * 1024
    const chunk = Buffer.alloc(256 * 1024, 'x')
    fixture.state.reply = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      response.write(CANARY)
      pour(response, chunk, size)
    }
    const client = await tlsClient({ host: '127.0.0.1', port: fixture.port, ca: fixture.ca })
    let [bytes, most] = [0, 0]
    const before = process.memoryUsage().rss
    client.socket.removeAllListeners('data').on('data', (data: Buffer) => {
      if (bytes < 4096) expect(leaksIn(data, [CANARY])).toEqual([])
      bytes += data.length
      most = Math.max(most, process.memoryUsage.rss() - before)
    })
    client.send(head('GET /api/v1/namespaces/shop/pods/web/log?follow=true', 'good', 'Connection: close'))
    await client.ended
    expect(bytes).toBeGreaterThan(size)
    // This process is upstream and client as well.
    expect(most).toBeLessThan(96 * 1024 * 1024)
  })
  it('X68 an exec client that does not read blocks the container, and is disconnected when its grant ends', async () => {
    const client = await exec()
    await until('it stands', () => container !== undefined && client.text().includes(' 101 '))
    client.socket.pause()
    const frame = frameOf({ kind: 'binary', data: Buffer.concat([Buffer.from([1]), Buffer.alloc(32 * 1024, 'x')]) }, false)
    let taken = 0
    const pourInto = (socket: Duplex): void => {
      while (!socket.destroyed) {
        taken += frame.length
        if (!socket.write(frame)) return void socket.once('drain', () => pourInto(socket))
      }
    }
    pourInto(container as unknown as Duplex)
    let before = -1
    await until('it is held back', async () => {
      const still = taken === before
      before = taken
      await new Promise((resolve) => setTimeout(resolve, 100))
      return still
    })
    // Data that the streams of an agent may have read ahead, and the buffers of two connections: at most 6 MiB to read and 4 to write for
    // each
    // (tcp_rmem, tcp_wmem).
    expect(taken).toBeLessThan((64 + 24) * 1024 * 1024)
    const [grant] = fixture.grants
    const conditions = [{ type: 'Revoked' as const, status: 'True' as const, reason: 'x' }]
    fixture.tell({ type: 'MODIFIED', object: { ...(grant as NonNullable<typeof grant>), status: { conditions } } })
    await until('it is over', () => container?.destroyed === true && fixture.deps.limits.inFlight === 0)
    client.leave()
  })
  it('X80 output arrives completely although each record is slow, without a wait for each, and the exit status comes last', async () => {
    const client = await exec()
    await until('it stands', () => container !== undefined && client.text().includes(' 101 '))
    const [before, waitsBefore] = [recorded.length, waits]
    const bytes = randomBytes(4 * 1024 * 1024)
    const status = JSON.stringify({ metadata: {}, status: 'Success' })
    recordMs = 20
    try {
      const piece = 8 * 1024
      for (let at = 0; at < bytes.length; at += piece)
        container?.write(frameOf({ kind: 'binary', data: Buffer.concat([Buffer.from([1]), bytes.subarray(at, at + piece)]) }, false))
      container?.write(frameOf({ kind: 'binary', data: Buffer.concat([Buffer.from([3]), Buffer.from(status)]) }, false))
      container?.end(frameOf({ kind: 'close', data: closeData(1000, '') }, false))
      await until('all of it came', () => messagesOf(client).some(({ kind }) => kind === 'close'))
    } finally {
      recordMs = 0
    }
    await client.ended
    expect(waits - waitsBefore).toBeLessThan(256) // there are 512 messages
    const output = messagesOf(client).filter(({ kind, data }) => kind === 'binary' && data.length > 1)
    expect(output.at(-1)?.data.toString('utf8', 1)).toBe(status)
    expect(Buffer.concat(output.slice(0, -1).map(({ data }) => data.subarray(1))).equals(bytes)).toBe(true)
    const pieces = recorded.slice(before).flatMap((event) => (event.event === 'stream.data' ? [bytesIn(event)] : []))
    expect(Buffer.concat(pieces).equals(bytes), 'what is recorded').toBe(true)
  })
  it('X108 arbitrary output bytes do not crash the gateway', async () => {
    const client = await exec()
    await until('it stands', () => container !== undefined && client.text().includes(' 101 '))
    // Like `://` without the bit that distinguishes upper and lower case.
    for (const odd of ['\u001a\u000f\u000f', ':\u000f/', '\u001a//']) container?.write(stdout(`${odd}\0`))
    container?.write(stdout('end'))
    await until('all of it came', () => client.text().includes('end'))
    client.leave()
  })
  it('X81 an exec ends when its token expires, and says so on the error channel', async () => {
    const { authenticator } = fixture.deps
    let lifeMs = 500
    Object.assign(fixture.deps, { authenticator: () => Promise.resolve({ ...CALLER, expiresAtMs: Date.now() + lifeMs }) })
    let client = await exec()
    await client.ended
    // On a busy machine the token can expire before the exec stands. Then it gets a longer life.
    while (!client.text().includes(' 101 ')) {
      lifeMs *= 4
      client = await exec()
      await client.ended
    }
    Object.assign(fixture.deps, { authenticator })
    const said = messagesOf(client).find(({ data }) => data[0] === 3)
    expect(JSON.parse(said?.data.toString('utf8', 1) ?? '')).toMatchObject({
      status: 'Failure',
      message: expect.stringContaining('the token has expired') as string,
    })
    await until('its end is recorded', () => recorded.some((event) => event.event === 'stream.closed' && event.reason === 'tokenExpired'))
    await until('upstream is cut off', () => container?.destroyed === true || container?.readableEnded === true)
  })
  it('E21 ten thousand one-byte frames cost no more than parsing them thirty times, and each is recorded', async () => {
    const client = await exec()
    await until('it stands', () => container !== undefined && client.text().includes(' 101 '))
    const frames = Buffer.concat(Array.from({ length: 100 }, () => stdout('.')))
    const cost = await cheapestOf(
      {
        relayed: async () => {
          for (let at = 0; at < 100; at++) {
            container?.write(frames)
            await new Promise((resolve) => setTimeout(resolve, 5))
          }
          container?.write(stdout('end'))
          await until('all of it came', () => client.text().includes('end'))
        },
        parsed: () => {
          for (let at = 0; at < 100; at++)
            for (const { data } of new MessageReader({ fromClient: false, limit: 1 << 22 }).push(frames)) frameOf({ kind: 'binary', data }, false)
        },
      },
      1,
    )
    expect(cost.relayed).toBeLessThan(30 * cost.parsed)
    const shown = messagesOf(client)
      .map(({ data }) => data.toString('latin1', 1))
      .join('')
    expect(shown).toBe(`${'.'.repeat(10_000)}end`)
    expect(Buffer.concat(recorded.flatMap((event) => (event.event === 'stream.data' ? [bytesIn(event)] : []))).toString()).toBe(shown)
    client.leave()
  })
})
