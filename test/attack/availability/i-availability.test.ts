import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import { holdThat } from '../../fakes/hold.ts'
import { CALLER, createFixture } from '../../gateway/gateway-fixture.ts'
import { rawClient, tlsClient, until, type RawClient } from '../oracles/raw-client.ts'
import { codesOf, head, LIMITS, openNarrowGateway, pour, statusOf, type NarrowGateway } from '../oracles/narrow-gateway.ts'

/** I. Availability on the wire: many requests at once, and what a client gets when something fails. */
let gateway: NarrowGateway
beforeAll(async () => void (gateway = await openNarrowGateway()))
afterAll(() => gateway.fixture.stop())
beforeEach(() => gateway.begin())

const LIST = 'GET /api/v1/namespaces/shop/configmaps'
const WATCH = `${LIST}?watch=1`
const WRITE = 'POST /api/v1/namespaces/shop/configmaps'
/** A watch that upstream keeps open. */
const watching = async (token: string): Promise<RawClient> => {
  const client = await gateway.open()
  client.send(head(WATCH, token))
  await until('an answer', () => client.text() !== '')
  return client
}
const endless = (): void => gateway.answering((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders())

describe('I. many at once', () => {
  it('I09 the watches of one agent are limited with 429 and Retry-After, and those of others continue', async () => {
    endless()
    const before = await gateway.reached('inFlightPerIdentity')
    const first = await watching('one')
    for (let at = 1; at < LIMITS.inFlightPerIdentity; at++) expect((await watching('one')).text()).toContain(' 200 ')
    const over = await watching('one')
    expect(over.text()).toMatch(/^HTTP\/1[.]1 429 [^]*retry-after: 1\r\n/)
    expect(statusOf(over.text())).toMatchObject({ kind: 'Status', code: 429, reason: 'TooManyRequests', details: { retryAfterSeconds: 1 } })
    expect(await gateway.reached('inFlightPerIdentity')).toBe(before + 1)
    for (let at = 0; at < 2; at++) expect((await watching('two')).text()).toContain(' 200 ')
    // The last quarter is reserved for identities that use little.
    expect((await watching('two')).text()).toContain(' 429 ')
    for (const token of ['three', 'four']) expect((await watching(token)).text()).toContain(' 200 ')
    // Every slot is in use: a fifth identity, idle so far, is refused like the others.
    expect((await watching('five')).text()).toContain(' 429 ')
    expect(await gateway.reached('inFlight')).toBe(2)
    first.leave()
    await until('room again', () => gateway.fixture.deps.limits.inFlight < LIMITS.inFlight)
    await gateway.served('five')
  })
  it('I09 a 429 of kube-apiserver is passed on with its Retry-After', async () => {
    gateway.answering((_, response) => {
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '7' })
      response.end(JSON.stringify(new StatusError('TooManyRequests', 'later', { details: { retryAfterSeconds: 7 } }).toStatus()))
    })
    const answer = await gateway.fixture.raw(head(LIST, 'good', 'Connection: close'))
    expect(answer.status).toBe(429)
    expect(answer.head).toMatch(/retry-after: 7/i)
  })
  it('X36 the connections of one address are limited before TLS; new ones are served once some have closed', async () => {
    const before = await gateway.reached('connectionsPerAddress')
    const held = await Promise.all(Array.from({ length: LIMITS.connectionsPerAddress }, () => Promise.resolve(rawClient(gateway.door))))
    await until('all of them stand', () => held.every(({ socket }) => !socket.connecting))
    const over = rawClient(gateway.door)
    await over.ended
    expect(held.filter(({ socket }) => socket.destroyed || socket.readableEnded)).toEqual([])
    expect(await gateway.reached('connectionsPerAddress')).toBe(before + 1)
    for (const client of held) client.leave()
    await until('room again', () => gateway.served().then(...([() => true, () => false] as const)))
  })
  it('X37 pipelined requests of a client that reads no response are limited, and so are waiting requests', async () => {
    const before = await gateway.reached('pipelined')
    const client = await gateway.open()
    client.send(head(LIST, 'bad').repeat(100) + head('GET /api', 'good', 'Connection: close'))
    await client.ended
    const answered = codesOf(client.text())
    // The one over the limit ends the connection, and with it those behind it.
    expect(answered).toEqual([...Array<string>(64).fill('401'), '429'])
    expect(await gateway.reached('pipelined')).toBeGreaterThan(before)
    await gateway.served()
  })
  it('X38 slow endless bodies of one agent do not use up the memory of others', async () => {
    // Twelve times just under 3 MiB exceeds the limit of one identity, but not the total.
    const { limits } = gateway.fixture.deps
    const rooms = Array.from({ length: 10 }, () => limits.room('oidc:greedy'))
    for (const room of rooms) room.take(3 * 1024 * 1024)
    expect(() => limits.room('oidc:greedy').take(3 * 1024 * 1024)).toThrow(expect.objectContaining({ code: 429, details: { retryAfterSeconds: 1 } }))
    const answer = await gateway.fixture.raw(
      head(WRITE, 'greedy', 'Content-Type: application/json', `Content-Length: ${3 * 1024 * 1024}`) +
        '{"a":"' +
        'b'.repeat(3 * 1024 * 1024 - 8) +
        '"}',
    )
    expect(answer.status).toBe(429)
    expect(answer.head).toMatch(/retry-after: 1/)
    expect(await gateway.reached('bodiesPerIdentity')).toBe(2)
    expect((await gateway.fixture.send(WRITE, ['Content-Type: application/json'], '{}')).status).toBe(403)
    for (const room of rooms) room.release()
    expect(
      (await gateway.fixture.raw(head(WRITE, 'greedy', 'Content-Type: application/json', 'Connection: close', 'Content-Length: 2') + '{}')).status,
    ).toBe(403)
  })
})

describe('I. protocols', () => {
  it('I01 HTTP/2 is not supported: not by ALPN, not by prior knowledge, not by upgrade', async () => {
    await expect(gateway.open({ protocols: ['h2'] })).rejects.toThrow()
    const both = await gateway.open({ protocols: ['h2', 'http/1.1'] })
    expect((both.socket as TLSSocket).alpnProtocol).toBe('http/1.1')
    both.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    await both.ended
    expect(codesOf(both.text())).toEqual(['400'])
    const upgrade = await gateway.fixture.raw(
      head(LIST, 'good', 'Connection: Upgrade, HTTP2-Settings, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'),
    )
    expect(upgrade.status).toBe(200)
    expect(upgrade.head).not.toMatch(/upgrade/i)
  })
})

describe('I. a client that has left or must leave', () => {
  it('X39 a watch ends soon after its token expires, also for a client that does not read', async () => {
    let lifeMs = 400
    const short = await createFixture(() => ({ authenticator: () => Promise.resolve({ ...CALLER, expiresAtMs: Date.now() + lifeMs }) }))
    let poured: { readonly over: boolean } | undefined
    short.state.reply = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      poured = pour(response, Buffer.from(`{"type":"ADDED","object":${JSON.stringify({ data: { a: 'b'.repeat(64 * 1024) } })}}\n`))
    }
    // On a busy machine the token can expire before the watch begins. Then it gets a longer life.
    for (let begun = false; !begun; lifeMs *= 4) {
      const asked = short.events.length
      const client = await tlsClient({ ...gateway.door, port: short.port, ca: short.ca })
      client.socket.pause()
      client.send(head(WATCH))
      await until('it is over', () => short.events.length > asked && short.deps.limits.inFlight === 0 && poured?.over !== false)
      client.leave()
      begun = poured !== undefined
    }
    await short.stop()
  })
  it.each([
    ['a write', 'DELETE /apis/apps/v1/namespaces/shop/deployments/web', []],
    ['an exec over SPDY', 'POST /api/v1/namespaces/shop/pods/web/exec?command=id&stdout=1', ['Connection: Upgrade', 'Upgrade: SPDY/3.1']],
  ])('H12 X40 %s that waits for an approval is cancelled when its client closes, in any way', async (_, line, headers) => {
    let gone: AbortSignal | undefined
    const waiting = await createFixture(() => ({
      evaluate: () => true,
      hold: holdThat(({ asked }) => {
        gone = asked.gone
        return new Promise((__, reject) => asked.gone.addEventListener('abort', () => reject(new StatusError('Forbidden', 'withdrawn'))))
      }),
    }))
    const rule = { name: 'ask', match: {}, effect: 'RequireApproval' as const }
    waiting.policies.splice(0, 1, {
      ...(waiting.policies[0] as (typeof waiting.policies)[number]),
      spec: { subjects: [{ kind: 'Group', name: 'oidc:agents' }], rules: [rule] },
    })
    for (const leave of ['end', 'destroy'] as const) {
      gone = undefined
      const client = await tlsClient({ ...gateway.door, port: waiting.port, ca: waiting.ca })
      client.send(head(line, 'good', ...headers))
      await until('it waits', () => gone !== undefined)
      client.socket[leave]()
      await until(`it is given up after ${leave}`, () => gone?.aborted === true && waiting.deps.limits.inFlight === 0)
    }
    expect(waiting.seen).toEqual([])
    await waiting.stop()
  })
})
