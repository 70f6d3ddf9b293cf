import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createPlain } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { gather } from '../../../apiserver/sessions/gather.ts'
import { createGateways, type Gateways } from '../../../apiserver/sessions/gateways.ts'
import { serveRecords } from '../../../gateway/sessions/thread.ts'
import { createAuthority, type Authority, type Pair } from '../../../hack/cluster/certificate-authority.ts'
import type { RunPage } from '../../../server/records/sessions/source.ts'
import { closedOf, dataOf, intentOf, openAt, openedOf, sessionNamed } from '../../server/records/sessions/agent-records.ts'

const T = Date.parse('2026-11-29T10:00:00.000Z')
const A = sessionNamed('a')
const CLIENT = 'jit-apiserver-client.jit-system.svc'
const SERVER = 'jit-gateway-sessions.jit-system.svc'
const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
const live = new AbortController().signal
const query = { sinceMs: 0, untilMs: T * 2, limit: 100 }

let [authority, foreign]: Authority[] = []
let [serving, client]: Pair[] = []
let dir: string
let records: Awaited<ReturnType<typeof serveRecords>>
const closing: (() => unknown)[] = []

beforeAll(async () => {
  authority = await createAuthority('jit-access')
  foreign = await createAuthority('somebody')
  serving = await authority.issue({ commonName: SERVER, usage: 'server', dns: [SERVER] })
  client = await authority.issue({ commonName: CLIENT, usage: 'client', dns: [CLIENT] })
})
const file = async (name: string, text = ''): Promise<string> => {
  const path = join(dir, name)
  await writeFile(path, text)
  return path
}
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-port-'))
  const recordsDir = await mkdtemp(join(dir, 'records-'))
  const { recorder, write } = await openAt(recordsDir, { startMs: T })
  await write(T, intentOf(A, '1'))
  await write(T + 1, openedOf(A, 's'))
  await write(T + 2, dataOf(A, 's', 1, 'shown'))
  await write(T + 3, closedOf(A, 's', 2))
  await recorder.close()
  records = await serveRecords(
    {
      recordsDir,
      sessions: {
        listen: { address: '127.0.0.1', port: 0 },
        tls: { certFile: await file('tls.crt', serving?.cert), keyFile: await file('tls.key', serving?.key) },
        clientCAFile: await file('ca.crt', authority?.cert),
        clientName: CLIENT,
      },
    },
    log,
  )
})
afterEach(async () => {
  records.close()
  await Promise.all(closing.splice(0).map((close) => close()))
  await rm(dir, { recursive: true, force: true })
})

async function gatewaysAt(addresses: readonly string[], serverName = SERVER): Promise<Gateways> {
  const gateways = createGateways({
    addresses,
    serverName,
    caFile: await file('client-ca.crt', authority?.cert),
    certFile: await file('client.crt', client?.cert),
    keyFile: await file('client.key', client?.key),
  })
  closing.push(() => gateways.close())
  return gateways
}
const ask = async (gateways: Gateways, limitMs = 2_000) =>
  await gather<RunPage>(await gateways.sources(), (source, signal) => source.runs(query, signal), { gone: live, limitMs })

const fetchAs = async (pair: Pair | undefined, path = '/v1/runs?sinceMs=0&untilMs=9999999999999&limit=1', method: 'GET' | 'POST' = 'GET') => {
  const connect = { ca: authority?.cert ?? '', servername: SERVER, ...(pair === undefined ? {} : { cert: pair.cert, key: pair.key }) }
  const agent = new Agent({ connect })
  closing.push(() => agent.destroy())
  return await request(`https://127.0.0.1:${records.port}${path}`, { dispatcher: agent, method }).then(
    async ({ statusCode, body }) => [statusCode, await body.text()] as const,
    (error: unknown) => [0, String(error)] as const,
  )
}

/** A gateway with the right certificate that answers what a test says. */
async function lyingGateway(answer: Parameters<typeof createPlain>[1]): Promise<string> {
  const server = createSecure({ cert: serving?.cert ?? '', key: serving?.key ?? '' }, answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
const messageOf = async (address: string, limitMs?: number) => {
  const { answers, missing } = await ask(await gatewaysAt([address]), limitMs)
  expect(answers).toEqual([])
  return missing.map(({ message }) => message)
}

describe('the port for records', () => {
  it('gives the apiserver runs, events and a stream', async () => {
    const gateways = await gatewaysAt([`127.0.0.1:${records.port}`])
    const [named] = await gateways.sources()
    if (named === undefined || 'failure' in named.source) throw new Error('no source')
    expect((await named.source.runs(query, live)).runs).toMatchObject([{ session: A, forwarded: 1, streams: 1, user: 'oidc:a' }])
    const span = { session: A, fromMs: T, toMs: T + 10 }
    const page = await named.source.events({ ...span, limit: 2 }, live)
    expect([page.more, page.events.map(({ event }) => event.event)]).toEqual([true, ['request.intent', 'stream.opened']])
    const after = page.events.at(-1)?.key
    if (after === undefined) throw new Error('no event')
    expect((await named.source.events({ ...span, limit: 2, after }, live)).events.map(({ event }) => event.event)).toEqual(['stream.closed'])
    const events: string[] = []
    for await (const { event } of named.source.stream({ ...span, auditID: 's' }, live)) events.push(event)
    expect(events).toEqual(['stream.opened', 'stream.data', 'stream.closed'])
  })

  it('answers while the apiserver waits, also when there is no time to read all files', async () => {
    const limits = vi.spyOn(AbortSignal, 'timeout')
    const sources = await (await gatewaysAt([`127.0.0.1:${records.port}`])).sources()
    await gather<RunPage>(sources, (source, signal) => source.runs(query, signal), { gone: live })
    const [[waits] = [0], [answers] = [Infinity]] = limits.mock.calls
    limits.mockRestore()
    expect(answers).toBeLessThan(waits)
  })

  it('is closed for everybody else', async () => {
    expect((await fetchAs(client))[0]).toBe(200)
    expect((await fetchAs(undefined))[0]).toBe(0)
    expect((await fetchAs(await foreign?.issue({ commonName: CLIENT, usage: 'client', dns: [CLIENT] })))[0]).toBe(0)
    // A serving certificate, as the webhook and the gateway have, is not a client certificate.
    expect((await fetchAs(await authority?.issue({ commonName: CLIENT, usage: 'server', dns: [CLIENT] })))[0]).toBe(0)
    const other = await authority?.issue({ commonName: CLIENT, usage: 'client', dns: ['jit-webhook.jit-system.svc', `x${CLIENT}`] })
    expect((await fetchAs(other))[0]).toBe(403)
  })

  it.each([
    '/v1/events?session=../../etc/passwd&fromMs=0&toMs=1&limit=1',
    `/v1/events?session=${A}&fromMs=0&toMs=1&limit=100000`,
    `/v1/events?session=${A}&fromMs=-1&toMs=1&limit=1`,
    `/v1/stream?session=${A}&fromMs=0&toMs=1`,
    '/v1/runs?sinceMs=0&untilMs=1&limit=1&after=..%2f..',
    '/v1/runs?sinceMs=0&untilMs=1&limit=0',
  ])('refuses %s', async (path) => expect((await fetchAs(client, path))[0]).toBe(400))

  it('opens no file by a name that it is given', async () => {
    const path = `/v1/events?session=${A}&fromMs=0&toMs=9999999999999&limit=9&time=2026-01-01T00:00:00.000Z&file=..%2f..%2fetc%2fpasswd&offset=0`
    const [code, text] = await fetchAs(client, path)
    expect([code, (JSON.parse(text) as { events: unknown[] }).events.length]).toEqual([200, 3])
    expect((await fetchAs(client, '/v1/../../etc/passwd'))[0]).toBe(404)
    expect((await fetchAs(client, '/v1/runs', 'POST'))[0]).toBe(405)
  })
})

describe('the apiserver', () => {
  const page = { folder: 'f', runs: [], incomplete: false }
  it('shows a gateway that answers beside one that hangs, and says which hangs', async () => {
    const hanging = await lyingGateway(() => undefined)
    const { answers, missing } = await ask(await gatewaysAt([hanging, `127.0.0.1:${records.port}`]), 300)
    expect(answers.map(({ value }) => value.runs.length)).toEqual([1])
    expect(missing).toEqual([{ gateway: hanging, message: 'it did not answer in time' }])
  })

  it('does not read an answer without end', async () => {
    const endless = await lyingGateway((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(1024 * 1024)));
      }
      response.on('drain', more)
      more()
    })
    expect(await messageOf(endless, 10_000)).toEqual(['the body is longer than 8388608 bytes'])
  })

  it.each([
    ['no JSON', 'secret of the gateway', 'its answer is not JSON'],
    ['another shape', '{"folder":"f"}', 'the answer is not a list of sessions'],
    ['a run with more', JSON.stringify({ ...page, runs: [{ session: A, evil: true }] }), 'the answer is not a list of sessions'],
    ['a name of no session', JSON.stringify({ ...page, more: '../../x' }), 'the answer is not a list of sessions'],
  ])('takes nothing of a gateway that sends %s', async (_title, body, message) => {
    expect(await messageOf(await lyingGateway((_request, response) => void response.end(body)))).toEqual([message])
  })

  it('leaves out events of other sessions, of an unknown kind and with unknown fields', async () => {
    const time = '2026-11-29T10:00:00.000Z'
    const key = { time, file: 'f', offset: 1 }
    const events = [
      intentOf(A, 'good'),
      intentOf(sessionNamed('b'), 'other'),
      { event: 'made.up', session: A },
      { ...intentOf(A, 'more'), body: 'x' },
      { ...intentOf(A, 'long'), user: 'x'.repeat(5000) },
    ].map((event) => ({ key, event: { time, ...event } }))
    const answer = JSON.stringify({ folder: 'f', more: false, unreadable: 0, events })
    const [named] = await (await gatewaysAt([await lyingGateway((_request, response) => void response.end(answer))])).sources()
    if (named === undefined || 'failure' in named.source) throw new Error('no source')
    const found = await named.source.events({ session: A, fromMs: 0, toMs: T * 2, limit: 10 }, live)
    expect([found.events.map(({ event }) => ('auditID' in event ? event.auditID : '')), found.unreadable]).toEqual([['good'], 4])
  })

  it('breaks off a stream in which another stream appears', async () => {
    const lines = [openedOf(A, 's'), dataOf(A, 'other', 1, 'x')].map((event) => JSON.stringify({ time: '2026-11-29T10:00:00.000Z', ...event }))
    const [named] = await (await gatewaysAt([await lyingGateway((_request, response) => void response.end(`${lines.join('\n')}\n`))])).sources()
    if (named === undefined || 'failure' in named.source) throw new Error('no source')
    const events = named.source.stream({ session: A, auditID: 's', fromMs: 0, toMs: T * 2 }, live)[Symbol.asyncIterator]()
    expect((await events.next()).value).toMatchObject({ event: 'stream.opened' })
    await expect(events.next()).rejects.toThrow('not a record of the stream')
  })

  it('does not speak to a server with the certificate of another', async () => {
    const { answers, missing } = await ask(await gatewaysAt([`127.0.0.1:${records.port}`], 'jit-webhook.jit-system.svc'))
    expect([answers.length, missing.length]).toEqual([0, 1])
  })

  it('asks every address of a host, and names a host without one', async () => {
    const sources = await (await gatewaysAt(['localhost:1', 'gateway.invalid:1'])).sources()
    expect(sources.map(({ name }) => name)).toContain('127.0.0.1:1')
    expect(sources.at(-1)).toEqual({ name: 'gateway.invalid:1', source: { failure: 'no address is known for it' } })
  })

  it('counts gateways that share a folder once', async () => {
    const { answers } = await ask(await gatewaysAt([`127.0.0.1:${records.port}`, `localhost:${records.port}`]))
    expect(answers).toHaveLength(1)
  })
})
