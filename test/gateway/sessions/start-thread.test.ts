import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createGateways } from '../../../apiserver/sessions/gateways.ts'
import { gather } from '../../../apiserver/sessions/gather.ts'
import { startRecordsThread } from '../../../gateway/sessions/start-thread.ts'
import { createAuthority } from '../../../hack/cluster/certificate-authority.ts'
import { freePorts } from '../../../hack/up/local/free-port.ts'
import { intentOf, openAt, sessionNamed } from '../../server/records/sessions/agent-records.ts'
import { until } from '../../until.ts'

let dir: string
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'jit-thread-'))))
afterEach(() => rm(dir, { recursive: true, force: true }))

it('a thread serves the records when somebody asks, is started again when it ends, and ends when nobody asks', async () => {
  const authority = await createAuthority('jit-access')
  const serving = await authority.issue({ commonName: 'gateway', usage: 'server', dns: ['gateway'] })
  const client = await authority.issue({ commonName: 'apiserver', usage: 'client', dns: ['apiserver'] })
  const files = { 'ca.crt': authority.cert, 'tls.crt': serving.cert, 'tls.key': serving.key, 'client.crt': client.cert, 'client.key': client.key }
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  const at = (name: string): string => join(dir, name)
  const recordsDir = await mkdtemp(join(dir, 'records-'))
  const [port = 0] = await freePorts(1)
  const { recorder, write } = await openAt(recordsDir, { startMs: 0 })
  await write(1, intentOf(sessionNamed('a'), '1'))

  const ended: string[] = []
  const log = { info: () => undefined, warn: () => undefined, error: (event: string) => void ended.push(event) }
  const sessions = {
    listen: { address: '127.0.0.1', port },
    tls: { certFile: at('tls.crt'), keyFile: at('tls.key') },
    clientCAFile: at('missing.crt'),
    clientName: 'apiserver',
  }
  const thread = await startRecordsThread({ recordsDir, sessions }, log, { idleMs: 1 })
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
    await until('the thread has ended', async () => (await forwarded()) === undefined && ended.includes('sessions.ended'))
    expect(thread.running()).toBe(false)
    await writeFile(at('missing.crt'), authority.cert)
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
