import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RecordEvent } from '../../../../domain/record/events.ts'
import { openRecorder } from '../../../../server/records/recorder.ts'
import { fakeIO, nowMs, type FakeIO } from '../../../fakes/io.ts'
import { runCertify } from '../../run-certify.ts'

const pod = {
  method: 'GET',
  path: '/api/v1/namespaces/shop/pods/web-0/exec',
  verb: 'create',
  apiGroup: '',
  resource: 'pods',
  subresource: 'exec',
  namespace: 'shop',
  name: 'web-0',
}
const EVENTS: readonly RecordEvent[] = [
  { event: 'server.started', part: 'gateway' },
  {
    event: 'request.intent',
    auditID: 'a1',
    session: 'one',
    user: 'oidc:agent',
    method: 'GET',
    path: '/api/v1/pods',
    verb: 'list',
    apiGroup: '',
    resource: 'pods',
    effect: 'Allow',
    policy: 'coding-agents',
    rule: 'default',
  },
  { event: 'request.outcome', auditID: 'a1', session: 'one', ended: 'completed', code: 200, durationMs: 12 },
  {
    event: 'request.refused',
    auditID: 'a2',
    session: 'one',
    user: 'oidc:agent',
    method: 'PATCH',
    path: '/apis/apps/v1/namespaces/shop/deployments/web',
    verb: 'patch',
    apiGroup: 'apps',
    resource: 'deployments',
    namespace: 'shop',
    name: 'web',
    code: 403,
    reason: 'Forbidden',
    message: 'no live grant covers it\u001b[2J',
  },
  { event: 'hold.filed', auditID: 'a3', session: 'one', request: 'delete-old', digest: 'd', timeoutSeconds: 20 },
  { event: 'hold.decided', auditID: 'a3', session: 'one', request: 'delete-old', decision: 'Denied', message: 'it serves customers', waitedMs: 4200 },
  { event: 'request.intent', auditID: 'a4', session: 'two', user: 'oidc:other', grant: 'g', ...pod },
  { event: 'stream.opened', auditID: 'a4', session: 'two', stream: 'exec', command: ['sh'], tty: false },
  { event: 'stream.data', auditID: 'a4', session: 'two', channel: 'resize', offsetMs: 1, data: '120x40' },
  { event: 'stream.data', auditID: 'a4', session: 'two', channel: 'stdin', offsetMs: 100, data: 'ls\n' },
  { event: 'stream.data', auditID: 'a4', session: 'two', channel: 'stdout', offsetMs: 250, data: 'bin\netc' },
  { event: 'stream.data', auditID: 'a4', session: 'two', channel: 'stdout', offsetMs: 260, data: '\n' },
  { event: 'stream.closed', auditID: 'a4', session: 'two', reason: 'revoked', durationMs: 900, exitCode: 137 },
  { event: 'request.refused', auditID: 'a5', code: 401, reason: 'Unauthorized' },
]

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-replay-'))
  let now = nowMs - 10_000
  const recorder = await openRecorder({ dir, clock: { nowMs: () => (now += 100) }, onError: () => undefined })
  for (const event of EVENTS) await recorder.record(event)
  await recorder.close()
})
afterAll(() => rm(dir, { recursive: true, force: true }))
const run = async (...args: readonly string[]): Promise<{ readonly code: number; readonly io: FakeIO }> => {
  const io = fakeIO()
  return { code: await runCertify(io, args), io }
}

describe('replay', () => {
  it('shows every session as a timeline that is safe for a terminal', async () => {
    const { code, io } = await run('replay', '--records', dir)
    expect(code).toBe(0)
    expect(io.printed().replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'T')).toBe(`Session one of oidc:agent, 3 requests, T to T
  T  list pods  [coding-agents]
      -> 200 after 12ms
  T  REFUSED patch deployments.apps "web" in shop: 403 Forbidden
      no live grant covers it\\u001b[2J
  T  (of request a3, which began before)
      waited for an approval: accessrequest delete-old
      denied after 4.2s: it serves customers

Session two of oidc:other, 1 request, T to T
  T  create pods/exec "web-0" in shop  [grant g]
      exec opened: sh
      < ls
      | bin
      | etc
      stream ended (revoked) after 900ms, exit code 137

Unauthenticated callers, 1 request, T to T
  T  REFUSED ? ?: 401 Unauthorized
`)
  })
  it('shows one session by a prefix of its name', async () => {
    const { io } = await run('replay', 'tw', '--records', dir)
    expect(io.printed()).toMatch(/^Session two/)
    expect(io.printed()).not.toContain('Session one')
  })
  it('shows only requests since a time', async () => {
    const { io } = await run('replay', '--records', dir, '--since=9s', '-o', 'json')
    expect(io.printed().trim().split('\n').length).toBeLessThan(EVENTS.length)
    expect((await run('replay', '--records', dir, '--since=2027-01-01T00:00:00Z')).code).toBe(2)
  })
  it('exports the terminal of an exec as asciicast v2', async () => {
    const { code, io } = await run('replay', '--records', dir, '--output=cast')
    expect(code).toBe(0)
    const [header, ...frames] = io
      .printed()
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(header).toEqual({
      version: 2,
      width: 120,
      height: 40,
      timestamp: Math.floor((nowMs - 9000) / 1000),
      title: 'oidc:other shop web-0',
      command: 'sh',
    })
    expect(frames).toEqual([
      [0.001, 'r', '120x40'],
      [0.1, 'i', 'ls\r\n'],
      [0.25, 'o', 'bin\r\netc'],
      [0.26, 'o', '\r\n'],
    ])
  })
  it.each([
    [['replay']],
    [['replay', '--records', '/nowhere']],
    [['replay', 'three', '--records', 'DIR']],
    [['replay', 'one', '--records', 'DIR', '-o', 'cast']],
    [['replay', '--records', 'DIR', '-o', 'yaml']],
    [['replay', '--records', 'DIR', '--since=x']],
  ])('%j is wrong usage', async (args) => expect((await run(...args.map((arg) => (arg === 'DIR' ? dir : arg)))).code).toBe(2))
})

describe('verify', () => {
  it('prints the last hash and accepts it with --last-hash', async () => {
    const { code, io } = await run('verify', dir)
    expect(code).toBe(0)
    expect(io.printed()).toMatch(/^The records verify: 16 lines in 1 file, no line changed, missing, moved or inserted\.\n/)
    const hash = /last hash: ([0-9a-f]{64})/.exec(io.printed())?.[1] ?? ''
    const again = await run('verify', dir, '--last-hash', hash)
    expect(again.io.printed()).toMatch(/the given hash is that of .*:16\n$/)
    expect((await run('verify', dir, `--last-hash=${'0'.repeat(64)}`)).code).toBe(7)
  })
  it('exits with 7 for modified records and names the line', async () => {
    const [file = ''] = await readdir(dir)
    const other = await mkdtemp(join(tmpdir(), 'jit-replay-'))
    await writeFile(join(other, file), (await readFile(join(dir, file), 'utf8')).replace('"code":403', '"code":200'))
    const { code, io } = await run('verify', other)
    expect(code).toBe(7)
    expect(io.printed()).toBe(
      `${file}:5: the line is not as it was written\nThe records do NOT verify: 1 fault in 16 lines of 1 file.\n`.replace('lines of', 'lines in'),
    )
    expect(JSON.parse((await run('verify', other, '-o', 'json')).io.printed())).toMatchObject({
      verified: false,
      faults: [{ kind: 'changed', file, line: 5 }],
    })
    expect((await run('replay', '--records', other)).io.noted()).toContain('1 lines cannot be read')
    await rm(other, { recursive: true })
  })
  it.each([
    [['verify']],
    [['verify', '/nowhere']],
    [['verify', 'DIR', '--last-hash=abc']],
    [['verify', 'DIR', '-o', 'yaml']],
    [['verify', 'DIR', 'DIR']],
  ])('%j is wrong usage', async (args) => expect((await run(...args.map((arg) => (arg === 'DIR' ? dir : arg)))).code).toBe(2))
  it('reports a folder without records as wrong usage', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'jit-replay-'))
    const { code, io } = await run('verify', empty)
    expect([code, io.noted()]).toEqual([2, expect.stringContaining('holds no records')])
    await rm(empty, { recursive: true })
  })
})
