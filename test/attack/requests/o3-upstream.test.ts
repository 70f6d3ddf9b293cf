import { readdir, readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { formatSession } from '../../../cli/format/replay.ts'
import type { AccessGrantSpec } from '../../../domain/api/access-grant.ts'
import { classify } from '../../../domain/classify/classify.ts'
import { readRequest } from '../../../domain/classify/read-request.ts'
import { sessionsOf, type RecordedEvent } from '../../../domain/record/replay.ts'
import { digestOf } from '../../../gateway/classify/operation-digest.ts'
import { hashesOfSet } from '../../../gateway/plan/plan-hash.ts'
import { tlsClient } from '../oracles/raw-client.ts'
import { startGateway, type GatewayProcess } from '../oracles/gateway-process.ts'
import { startRecordingApiserver, type Reached, type RecordingApiserver } from '../oracles/recording-apiserver.ts'
import { exchange, type Answer } from '../oracles/raw-exchange.ts'

/** Oracles O3 and O4: the gateway as a process, in front of an API server that records raw bytes, lies, and can be killed with it. */
let upstream: RecordingApiserver
let gateway: GatewayProcess
beforeAll(async () => {
  upstream = await startRecordingApiserver()
  gateway = await startGateway(upstream.port)
})
afterAll(async () => {
  await gateway.stop()
  upstream.close()
})
let before = 0
beforeEach(() => void (before = upstream.acted().length))
afterEach(() => {
  upstream.reply = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  upstream.claimed = () => {}
})

const reached = (): readonly Reached[] => upstream.acted().slice(before)
const head = (): string => `Host: localhost\r\nAuthorization: Bearer ${gateway.token}\r\n`
const send = (line: string, headers = '', body = '', seconds = 60): Promise<Answer> =>
  exchange(
    gateway.door,
    `${line} HTTP/1.1\r\n${head()}Connection: close\r\n${headers}${body === '' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`}\r\n${body}`,
    { seconds },
  )
const PODS = '/api/v1/namespaces/shop/pods'

function grant(name: string, maxUses: number, more: Partial<AccessGrantSpec> = {}): void {
  upstream.grants.push({
    apiVersion: 'jit.access/v1',
    kind: 'AccessGrant',
    metadata: { name },
    spec: {
      requestName: name,
      policy: 'agents',
      subject: { username: 'oidc:agent' },
      rules: [{ verbs: ['patch'], resources: ['configmaps'], namespaces: ['shop'], resourceNames: [name] }],
      notBefore: new Date(Date.now() - 60_000).toISOString(),
      expiresAt: new Date(Date.now() + 600_000).toISOString(),
      maxUses,
      ...more,
    },
  })
}
const write = (name: string): Promise<Answer> =>
  send(`PATCH /api/v1/namespaces/shop/configmaps/${name}`, 'Content-Type: application/merge-patch+json\r\n', '{"data":{}}')
const writesOf = (name: string): readonly Reached[] =>
  upstream.acted().filter(({ line }) => line.startsWith(`PATCH /api/v1/namespaces/shop/configmaps/${name} `))

/** Expects one request, as the agent, with each of our headers once and none of the client's. */
function expectPure(request: Reached | undefined): void {
  expect(request?.values('Impersonate-User')).toEqual(['jit.access:agent'])
  expect(request?.values('Impersonate-Extra-jit.access%2Fuser')).toEqual(['oidc:agent'])
  expect(request?.values('Impersonate-Group')).toEqual(['jit.access:agents', 'jit.access:baseline:agents'])
  expect(request?.values('Impersonate-Uid')).toEqual([])
  for (const name of ['Authorization', 'Audit-ID', 'Host', 'Impersonate-Extra-jit.access%2Frequest', 'Impersonate-Extra-jit.access%2Fsession'])
    expect(request?.values(name)).toHaveLength(1)
  expect(request?.values('Authorization')).toEqual(['Bearer of-the-gateway'])
  expect(request?.head).not.toMatch(/x-remote|forwarded|cookie|override|evil|impersonate-extra-scopes/i)
  expect(request?.head).not.toContain(gateway.token.slice(-20))
}

describe('O3 upstream purity', () => {
  it.each([
    ['plain', ''],
    ['Connection with our header names', 'Connection: Impersonate-User, Authorization, Audit-ID, Impersonate-Extra-jit.access%2Frequest\r\n'],
    ['X-Remote and Forwarded', 'X-Remote-User: evil\r\nX-Forwarded-For: evil\r\nForwarded: for=evil\r\n'],
    ['cookies and overrides', 'Cookie: a=evil\r\nX-HTTP-Method-Override: DELETE\r\nAudit-ID: evil\r\n'],
    ['TE and Upgrade', 'TE: trailers\r\nUpgrade: websocket\r\n'],
  ])('O3 %s is sent upstream as one request with our identity once', async (_, headers) => {
    expect((await send(`GET ${PODS}`, headers)).status).toBe(200)
    expect(reached()).toHaveLength(1)
    expectPure(reached()[0])
  })
  it.each(['Impersonate-User: evil', 'Impersonate-Extra-Scopes: evil', 'Impersonate_Group: evil'])('O3 %s is not sent upstream', async (line) => {
    expect([400, 403]).toContain((await send(`GET ${PODS}`, `${line}\r\n`)).status)
    expect(reached()).toEqual([])
  })
  it('O3 two hundred requests pipelined over kept-alive connections are two hundred requests upstream', async () => {
    const batch = `GET ${PODS} HTTP/1.1\r\n${head()}\r\n`.repeat(39)
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => exchange(gateway.door, `${batch}GET ${PODS} HTTP/1.1\r\n${head()}Connection: close\r\n\r\n`)),
    )
    for (const { raw } of answers) expect(raw.toString('latin1').match(/HTTP\/1[.]1 200/g)).toHaveLength(40)
    expect(reached()).toHaveLength(200)
    for (const request of reached()) expectPure(request)
    expect(new Set(reached().map(({ values }) => values('Audit-ID')[0])).size).toBe(200)
  })
})

describe('an upstream that lies', () => {
  it.each([
    ['D05 gzip', { 'content-type': 'application/json', 'content-encoding': 'gzip' }, 200],
    ['D05 an unknown encoding', { 'content-type': 'application/json', 'content-encoding': 'rot13' }, 200],
    ['D07 protobuf', { 'content-type': 'application/vnd.kubernetes.protobuf' }, 200],
    ['D07 HTML', { 'content-type': 'text/html' }, 200],
    ['D07 no type', {}, 200],
    ['D07 CBOR in an error', { 'content-type': 'application/cbor' }, 422],
    ['E11 a redirect', { 'content-type': 'application/json', location: 'https://evil.invalid/' }, 302],
    ['E11 a 307', { 'content-type': 'application/json', location: '/api/v1/secrets' }, 307],
  ])('%s from upstream is replaced by an error without any of its bytes', async (_, headers, status) => {
    upstream.reply = (_request, response) => response.writeHead(status, headers as Record<string, string>).end('{"canary":"telltale"}')
    for (const path of [PODS, '/api/v1/namespaces/shop/secrets/db']) {
      const answer = await send(`GET ${path}`)
      expect([502, ...(status >= 400 && path.includes('secrets') ? [status] : [])]).toContain(answer.status)
      expect(answer.raw.toString('latin1')).not.toMatch(/telltale|evil/)
    }
    expect(reached()).toHaveLength(2)
  })
  it('E10 an upgrade that was not requested gets 502', async () => {
    upstream.reply = (request, response) => {
      const { socket } = request
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\ntelltale')
      void response
    }
    const answer = await send(`GET ${PODS}`)
    expect([502, 504]).toContain(answer.status)
    expect(answer.raw.toString('latin1')).not.toContain('telltale')
  })
  it('X20 of two responses to one request only the first counts; the second reaches no client', async () => {
    upstream.reply = ({ socket }) =>
      void socket.write(
        'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"evil":99}',
      )
    await send(`GET ${PODS}`)
    upstream.reply = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    for (let round = 0; round < 10; round++) expect((await send(`GET ${PODS}`)).text).not.toContain('evil')
  })
})

const accepts: RecordingApiserver['reply'] = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}')

describe('O4 at most once', () => {
  it('O4 a hundred requests at once on one use cause one write', async () => {
    grant('race', 1)
    const answers = await Promise.all(Array.from({ length: 100 }, () => write('race')))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(writesOf('race')).toHaveLength(1)
  })
  it('O4 a client that disconnects, returns and repeats causes one write', async () => {
    grant('gone', 1)
    const arrived = Promise.withResolvers<ServerResponse>()
    upstream.reply = (request, response) =>
      request.url?.includes('/configmaps/gone') === true ? arrived.resolve(response) : accepts(request, response)
    const line = `PATCH /api/v1/namespaces/shop/configmaps/gone HTTP/1.1\r\n${head()}Content-Type: application/merge-patch+json\r\nContent-Length: 2\r\n\r\n{}`
    const client = await tlsClient(gateway.door)
    client.send(line)
    const response = await arrived.promise
    client.leave()
    for (let round = 0; round < 5; round++) expect((await write('gone')).status).toBe(403)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    expect(writesOf('gone')).toHaveLength(1)
  })
  it('O4 a request whose upstream connection breaks gets 502 and is not repeated', async () => {
    grant('broken', 1)
    upstream.reply = ({ socket }) => void socket.destroy()
    expect((await write('broken')).status).toBe(502)
    expect((await write('broken')).status).toBe(403)
    expect(writesOf('broken')).toHaveLength(1)
  })
  it.each([
    ['after the use was taken', 0],
    ['after the write was sent', 1],
  ])('O4 a gateway killed %s and restarted causes at most one write', async (when, writes) => {
    const name = `killed-${writes}`
    grant(name, 1)
    if (writes === 0) upstream.claimed = () => void gateway.kill()
    // The gateway also sends requests of its own at any time.
    if (writes > 0)
      upstream.reply = (request, response) =>
        void (request.url?.includes(`/configmaps/${name}`) === true ? gateway.kill() : accepts(request, response))
    expect((await write(name)).status).toBe(0)
    upstream.claimed = () => {}
    upstream.reply = accepts
    await gateway.start()
    for (let round = 0; round < 5; round++) expect((await write(name)).status).toBe(403)
    expect(writesOf(name).length).toBeLessThanOrEqual(1)
    const files = await readdir(gateway.recordsDir)
    const text = (await Promise.all(files.map((file) => readFile(join(gateway.recordsDir, file), 'utf8')))).join('\n')
    expect(text, `an intent that was in the records ${when}`).toContain(`configmaps/${name}`)
  })
  it.each([
    ['after its use was taken', 0],
    ['after it was sent', 1],
  ])('H13 O4 if the gateway is killed %s, an approved operation runs at most once, and its outcome is reported as unknown', async (when, writes) => {
    const target = `/api/v1/namespaces/shop/configmaps?labelSelector=a%3D${writes}`
    const query = new URLSearchParams({ labelSelector: `a=${writes}` })
    const path = '/api/v1/namespaces/shop/configmaps'
    const classified = classify(readRequest('DELETE', path, query))
    const digest = digestOf({ method: 'DELETE', path, query, headers: new Map(), body: Buffer.alloc(0), classified })
    const only = { namespace: 'shop', name: 'a', uid: 'u' }
    const [planHash] = hashesOfSet([digest, ''], [only])
    grant(`approved-${writes}`, 1, {
      rules: [{ verbs: ['deletecollection'], resources: ['configmaps'], namespaces: ['shop'] }],
      operation: { method: 'DELETE', path: target, digest, planHash, summary: 'approved' },
    })
    // An approved operation deletes by name; the dry runs before it select as the agent does.
    const done = (): number => upstream.acted().filter(({ line }) => line.startsWith(`DELETE ${target}&fieldSelector=`)).length
    const list = JSON.stringify({ kind: 'ConfigMapList', apiVersion: 'v1', metadata: {}, items: [{ metadata: only }] })
    const shows: RecordingApiserver['reply'] = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(list)
    upstream.reply = shows
    const deed = (seconds?: number): Promise<Answer> => send(`DELETE ${target}`, '', '', seconds)
    if (writes === 0) upstream.claimed = () => void gateway.kill()
    else upstream.reply = (request, response) => void (request.url?.includes('fieldSelector') === true ? gateway.kill() : shows(request, response))
    expect((await deed()).status, when).toBe(0)
    upstream.claimed = () => {}
    upstream.reply = shows
    await gateway.start()
    // It waits for a separate approval, which it never gets.
    for (const answer of await Promise.all([deed(1), deed(1)])) expect(answer.status === 0 || answer.status >= 400).toBe(true)
    expect(done()).toBe(writes)
    const files = await Promise.all((await readdir(gateway.recordsDir)).map((file) => readFile(join(gateway.recordsDir, file), 'utf8')))
    const events = files.flatMap((text) => text.split('\n').filter((line) => line.endsWith('}')))
    const shown = sessionsOf(events.map((line) => JSON.parse(line) as RecordedEvent))
      .map(formatSession)
      .join('\n')
    expect(shown).toContain('outcome unknown')
  })
})
