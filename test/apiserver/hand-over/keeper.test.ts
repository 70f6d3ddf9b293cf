import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createForwarder, type Forwarder } from '../../../apiserver/standby/forwarder.ts'
import { openSqliteStore } from '../../../apiserver/storage/sqlite.ts'
import { policy } from '../../domain/builders.ts'
import { startMember, type Member } from './member.ts'

const PATH = '/apis/jit.access/v1/accesspolicies'
let dir: string
let members: Member[] = []
let front: Forwarder
let url: { readonly host: string; readonly port: number }
/** Members that are endpoints of the Service, newest last. The stand-in forwards to the first. */
let serving: Member[] = []

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-keeper-'))
  const standIn = createServer((_, response) => void response.writeHead(503, { 'retry-after': '1', connection: 'close' }).end())
  front = createForwarder({
    targets: () => serving.map(({ target }) => target),
    connectMs: 60_000,
    standIn: (socket) => void (standIn.emit('connection', socket), socket.resume()),
  })
  await new Promise<void>((resolve) => front.server.listen(0, '127.0.0.1', resolve))
  url = { host: '127.0.0.1', port: (front.server.address() as AddressInfo).port }
})
afterEach(async () => {
  await Promise.all(members.splice(0).map((member) => member.kill()))
  serving = []
  await front.close()
  await rm(dir, { recursive: true })
})

async function start(): Promise<Member> {
  const member = await startMember(dir)
  members.push(member)
  await member.keeper.start()
  return member
}
/** Waits until the old member knows that its successor holds the store. */
const handedTo = async (old: Member): Promise<void> => {
  await expect.poll(() => old.keeper.state(), { interval: 5 }).toBe('leading')
}
/** Waits until a successor can connect. */
const canBeAsked = async (): Promise<void> => {
  await expect.poll(() => existsSync(join(dir, 'hand-over.sock')), { interval: 5 }).toBe(true)
}
async function retire(member: Member): Promise<void> {
  serving = serving.filter((each) => each !== member)
  await member.stop()
  members = members.filter((each) => each !== member)
}

type Answer = { readonly status: number; readonly retryAfter: string | undefined; readonly body: string }
const send = (
  method: string,
  path: string,
  options: { readonly agent?: Agent; readonly body?: object; readonly begins?: () => void } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request({ ...url, method, path, agent: options.agent ?? false, headers: { 'content-type': 'application/json' } }, (answer) => {
      let body = ''
      answer.once('data', () => options.begins?.())
      answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'], body }))
    })
    sent.on('error', reject).end(options.body === undefined ? undefined : JSON.stringify(options.body))
  })

const watchBroke = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ECONNRESET'

it.each([
  ['one connection per request', undefined],
  ['keep-alive connections', new Agent({ keepAlive: true, maxSockets: 4 })],
])('X124 no request fails and no write is lost during a rollout, with %s', async (_, agent) => {
  serving = [await start()]
  const ending = new AbortController()
  const made: { readonly name: string; readonly version: number }[] = []
  const others: Answer[] = []
  const failures: unknown[] = []
  /** Ends when the store has moved, so that a client that was refused does not ask again before. */
  let moved = Promise.withResolvers<void>()
  moved.resolve()
  const refused = async (answer: Answer): Promise<void> => {
    others.push(answer)
    await moved.promise
  }
  const write = async (writer: number): Promise<void> => {
    for (let count = 0; !ending.signal.aborted; count++) {
      const name = `w${writer}-${count}`
      try {
        const answer = await send('POST', PATH, { body: policy(name), ...(agent === undefined ? {} : { agent }) })
        if (answer.status === 201)
          made.push({ name, version: Number((JSON.parse(answer.body) as { metadata: { resourceVersion: string } }).metadata.resourceVersion) })
        else await refused(answer)
        const found = await send('GET', '/apis/jit.access/v1', agent === undefined ? {} : { agent })
        if (found.status !== 200) await refused(found)
      } catch (error) {
        failures.push(error)
      }
      await sleep(5)
    }
  }
  const watch = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        const watched = await send('GET', `${PATH}?watch=true&timeoutSeconds=1`, agent === undefined ? {} : { agent })
        if (watched.status !== 200) await refused(watched)
      } catch (error) {
        // A watch that is forwarded to a successor is cut when the forwarding process exits. Its client resumes it.
        if (!watchBroke(error)) failures.push(error)
      }
      await sleep(1)
    }
  }
  const writers = [write(0), write(1), write(2), watch(), watch()]
  for (let rollout = 0; rollout < 4; rollout++) {
    await sleep(200)
    moved = Promise.withResolvers()
    const next = await start()
    moved.resolve()
    expect(next.keeper.state()).toBe('holding')
    // The endpoints follow a moment later. Until then, all connections go through the old member.
    await sleep(200)
    const [old] = serving
    serving = [next, ...serving]
    if (old !== undefined) await retire(old)
  }
  ending.abort()
  await Promise.all(writers)
  expect(failures).toEqual([])
  expect(others.filter(({ status, retryAfter }) => status !== 503 || retryAfter === undefined)).toEqual([])
  // Each client is affected by each hand-over at most once.
  expect(others.length).toBeLessThanOrEqual(20)
  const { body } = await send('GET', PATH)
  const stored = (JSON.parse(body) as { readonly items: readonly { readonly metadata: { readonly name: string } }[] }).items
  expect(new Set(stored.map(({ metadata }) => metadata.name))).toEqual(new Set(made.map(({ name }) => name)))
  expect(new Set(made.map(({ version }) => version)).size).toBe(made.length)
})

it('a watch ends when the store moves and resumes at the successor without a gap', async () => {
  serving = [await start()]
  await send('POST', PATH, { body: policy('one') })
  const shown = Promise.withResolvers<void>()
  const watching = send('GET', `${PATH}?watch=true&resourceVersion=0`, { begins: shown.resolve })
  await Promise.all([canBeAsked(), shown.promise])
  const next = await start()
  const { status, body } = await watching
  expect(status).toBe(200)
  const last = body.trim().split('\n').at(-1) ?? ''
  const { resourceVersion } = (JSON.parse(last) as { readonly object: { readonly metadata: { readonly resourceVersion: string } } }).object.metadata
  await send('POST', PATH, { body: policy('two') })
  serving = [next]
  const more = await send('GET', `${PATH}?watch=true&timeoutSeconds=1&resourceVersion=${resourceVersion}`)
  expect(more.body).toContain('"name":"two"')
  expect(more.body).not.toContain('"name":"one"')
})

it('the old process takes the store back when its successor exits', async () => {
  const old = await start()
  serving = [old]
  const next = await start()
  await handedTo(old)
  await next.kill()
  members = [old]
  await expect.poll(() => old.keeper.state(), { interval: 10 }).toBe('holding')
  expect((await send('POST', PATH, { body: policy('back') })).status).toBe(201)
  expect(old.states).toEqual(['holding', 'leading', 'waiting', 'holding'])
})

it('a successor waits for a process that it cannot ask through a socket', async () => {
  const old = await start()
  await canBeAsked()
  await rm(join(dir, 'hand-over.sock'))
  let tries = 0
  const next = await startMember(dir, { open: async (...file) => (tries++, openSqliteStore(...file)) })
  members.push(next)
  const starting = next.keeper.start()
  await expect.poll(() => tries).toBeGreaterThan(1)
  expect(next.keeper.state()).toBe('waiting')
  await retire(old)
  await starting
  expect(next.keeper.state()).toBe('holding')
})

it('sockets of killed processes are removed', async () => {
  await writeFile(join(dir, 'hand-over.sock'), '')
  const one = await start()
  expect(one.keeper.state()).toBe('holding')
  await start()
  await handedTo(one)
})

it('a successor that cannot open the store leaves it to the old process', async () => {
  const old = await start()
  serving = [old]
  await canBeAsked()
  const next = await startMember(dir, {
    open: () => {
      throw new Error('made by a newer version')
    },
  })
  members.push(next)
  await expect(next.keeper.start()).rejects.toThrow('newer version')
  await retire(next)
  await expect.poll(() => old.states, { interval: 10 }).toEqual(['holding', 'waiting', 'holding'])
  expect((await send('POST', PATH, { body: policy('kept') })).status).toBe(201)
})
