import { once } from 'node:events'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createGateways } from '../../../apiserver/sessions/gateways.ts'
import { gather } from '../../../apiserver/sessions/gather.ts'
import { startRecordsThread } from '../../../gateway/sessions/start-thread.ts'
import type { ThreadData } from '../../../gateway/sessions/thread.ts'
import { createAuthority } from '../../../hack/cluster/certificate-authority.ts'
import { freePort } from '../../../hack/up/local/free-port.ts'
import { intentOf, openAt, sessionNamed } from '../../server/records/sessions/agent-records.ts'
import { until } from '../../until.ts'

let dir: string
let data: ThreadData
let port: number
let errors: string[]
const at = (name: string): string => join(dir, name)
const log = {
  info: () => undefined,
  warn: () => undefined,
  error: (event: string, { error = '' }: { readonly error?: unknown } = {}) => void errors.push(`${event} ${String(error)}`.trim()),
}

let files: { readonly [name: string]: string }
beforeAll(async () => {
  const authority = await createAuthority('jit-access')
  const serving = await authority.issue({ commonName: 'gateway', usage: 'server', dns: ['gateway'] })
  const client = await authority.issue({ commonName: 'apiserver', usage: 'client', dns: ['apiserver'] })
  files = { 'ca.crt': authority.cert, 'tls.crt': serving.cert, 'tls.key': serving.key, 'client.crt': client.cert, 'client.key': client.key }
})

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-thread-'))
  errors = []
  port = await freePort()
  for (const [name, text] of Object.entries(files)) await writeFile(at(name), text)
  const sessions = {
    listen: { address: '127.0.0.1', port },
    tls: { certFile: at('tls.crt'), keyFile: at('tls.key') },
    clientCAFile: at('ca.crt'),
    clientName: 'apiserver',
  }
  data = { recordsDir: await mkdtemp(at('records-')), sessions }
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(dir, { recursive: true, force: true })
})

/** Waits until there are as many timers. The only one is that of the idle thread. */
const timers = (count: number) => until(`there are ${count} timers`, () => vi.getTimerCount() === count)
const open = (): Socket => connect({ host: '127.0.0.1', port })

it('a thread serves the records when somebody asks, is started again when it ends, and ends when nobody asks', async () => {
  const { recorder, write } = await openAt(data.recordsDir, { startMs: 0 })
  await write(1, intentOf(sessionNamed('a'), '1'))
  const sessions = { ...data.sessions, clientCAFile: at('missing.crt') }
  const thread = await startRecordsThread({ ...data, sessions }, log, { idleMs: 1, restartMs: 500 })
  expect(thread.running()).toBe(false)
  const gateways = createGateways({
    addresses: [`127.0.0.1:${port}`],
    serverName: 'gateway',
    caFile: at('ca.crt'),
    certFile: at('client.crt'),
    keyFile: at('client.key'),
  })
  const forwarded = async (): Promise<number | undefined> => {
    const query = { sinceMs: 0, untilMs: 9e12, limit: 10 }
    const gone = new AbortController().signal
    const { answers } = await gather(await gateways.sources(), (source, signal) => source.runs(query, signal), { gone })
    return answers[0]?.value.runs[0]?.forwarded
  }
  try {
    // Without the CA the thread ends. Then the certificates arrive.
    await until('the thread has ended', async () => (await forwarded()) === undefined && errors.includes('sessions.ended'))
    expect(thread.running()).toBe(false)
    expect(errors[0]).toMatch(/^sessions\.failed .*ENOENT.*missing\.crt/)
    await copyFile(at('ca.crt'), at('missing.crt'))
    await until('the first request is there', async () => (await forwarded()) === 1)
    await write(2, intentOf(sessionNamed('a'), '2'))
    expect(await forwarded()).toBe(2)
    expect(thread.running()).toBe(true)
    await gateways.close()
    await until('the thread that nobody asks has ended', () => !thread.running())
  } finally {
    await thread.stop()
    await recorder.close()
  }
})

it('a thread does not end while somebody asks', async () => {
  const thread = await startRecordsThread(data, log)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  open().once('connect', function (this: Socket) {
    this.destroy()
  })
  await timers(1)
  expect(thread.running()).toBe(true)
  const other = open()
  await timers(0)
  other.destroy()
  await timers(1)
  vi.advanceTimersByTime(30 * 60_000)
  await until('the thread has ended', () => !thread.running())
  expect(errors).toEqual([])
  await thread.stop()
})

it('a stop while the thread starts closes the connections that wait for it, and ends the thread', async () => {
  const thread = await startRecordsThread(data, log)
  const socket = open()
  const closed = once(socket, 'close')
  await until('the thread starts', () => thread.running())
  await thread.stop()
  await closed
  expect([thread.running(), errors]).toEqual([false, []])
  await expect(once(open(), 'connect')).rejects.toThrow('ECONNREFUSED')
})
