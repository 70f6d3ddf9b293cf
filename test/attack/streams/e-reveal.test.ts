import { readFile, rm } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { kubectl } from '../../cluster/environment.ts'
import { until } from '../../until.ts'
import { openHarness, type Harness } from '../harness.ts'
import type { Line } from '../oracles/audit.ts'
import { leaksIn } from '../oracles/canary.ts'
import { openOwnAgent, type OwnAgent } from '../oracles/own-policy.ts'
import type { Answer } from '../oracles/raw-exchange.ts'

/** E. What masking cannot hide: a stream into a pod that can read a Secret waits for an approver, who is shown the Secret, and is recorded. */
let harness: Harness
let agent: OwnAgent
const POD = 'sees-it'
beforeAll(async () => {
  harness = await openHarness('attack-reveal')
  // Only the defaults of a policy.
  agent = await openOwnAgent({ hold: { timeoutSeconds: 300 } })
  // A line that the container runtime splits in two, with a value across the split.
  const script = `printf '%16370s' '' | tr ' ' x; cat /s/password; echo; sleep 600`
  const spec = {
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    containers: [
      { name: 'a', image: 'docker.io/library/busybox:1.35', command: ['sh', '-c', script], volumeMounts: [{ name: 's', mountPath: '/s' }] },
    ],
    volumes: [{ name: 's', secret: { secretName: 'db' } }],
  }
  await harness.admin.json({
    method: 'POST',
    path: harness.in('pods'),
    body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: POD, namespace: harness.namespace }, spec },
  })
  const ready = await kubectl('admin', ['-n', harness.namespace, 'wait', '--for=condition=Ready', `pod/${POD}`, '--timeout=110s'])
  expect(ready.code, ready.stderr).toBe(0)
})
afterAll(async () => {
  await agent.remove()
  await harness.finish()
})

const SOCKET = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: v4.channel.k8s.io',
]
/** The pending request that the gateway filed for this agent. */
const filed = (what: RegExp): Promise<AccessRequest> =>
  harness.pending(String(what), ({ spec }) => spec.requester?.username === agent.username && what.test(spec.operation?.summary ?? ''))
const streamOf = (rest: string): string => `GET ${harness.in(`pods/${POD}/${rest}`)}`
const stream = (rest: string) => harness.send(streamOf(rest), { token: agent.token, headers: SOCKET, seconds: 280 })
/** The recorded data of a stream, once `isAll` says so: the client may see the end before the last record is written. */
const dataOf = ({ auditID }: Answer, isAll: (data: readonly Line[]) => boolean): Promise<readonly Line[]> =>
  harness.recorded('the data of the stream', (lines) => {
    const data = lines.filter((line) => line.event === 'stream.data' && line.auditID === auditID)
    return isAll(data) && data
  })
const sh = (script: string): string => `exec?command=sh&command=-c&command=${encodeURIComponent(script)}&stdout=1&stderr=1`
const reversed = (text: string): string => text.split('').toReversed().join('')
const sum = (data: Buffer): string => createHash('sha256').update(data).digest('hex')

describe('E. what masking cannot hide', () => {
  it('E02 a value printed in reverse is not masked, so the approver sees which Secrets the pod can read, and it is recorded', async () => {
    const running = stream(sh('rev /s/password; echo'))
    const request = await filed(/rev/)
    expect(request.spec.operation?.summary).toMatch(/^exec \(it can reveal the Secrets that the pod can read: db\) in pod "sees-it"/)
    expect(request.spec.operation?.summary).toContain('rev /s/password')
    await harness.approve(request.metadata.name)
    const answer = await running
    expect(answer.status).toBe(101)
    await dataOf(answer, (lines) =>
      lines
        .map(({ data }) => data)
        .join('')
        .includes(reversed(harness.db)),
    )
    expect(await readFile('SECURITY.md', 'utf8')).toContain('print it reversed, compressed or one')
  })
  it('E02 without an approval nothing runs', async () => {
    const live = await harness.open(streamOf(sh('rev /s/password # again')), { token: agent.token, headers: SOCKET })
    await filed(/# again/)
    expect(live.answer().raw.length).toBe(0)
    expect(await harness.holding()).toBeGreaterThanOrEqual(1)
    live.leave()
    const lines = await harness.books.recorded()
    expect(lines.filter(({ event, user }) => event === 'request.intent' && user === agent.username)).toHaveLength(1)
  })
  it('E03 a value split between stdout and stderr is complete on neither, and is recorded, as the approver was warned', async () => {
    const running = stream(
      sh(
        'i=0; while [ $i -lt 60 ]; do dd if=/s/password bs=1 skip=$i count=1 2>/dev/null; i=$((i+1)); dd if=/s/password bs=1 skip=$i count=1 >&2 2>/dev/null; i=$((i+1)); done',
      ),
    )
    await harness.approve((await filed(/while/)).metadata.name)
    const answer = await running
    expect(answer.status).toBe(101)
    expect(leaksIn(answer.raw, harness.canaries)).toEqual([])
    await dataOf(answer, (lines) => ['stdout', 'stderr'].every((name) => lines.some(({ channel }) => channel === name)))
    expect(await readFile('SECURITY.md', 'utf8')).toContain('spread over stdout and stderr')
  })
  it('E07 a port-forward waits for a separate approval, and its bytes are counted', async () => {
    const live = await harness.open(streamOf('portforward?ports=5432'), { token: agent.token, headers: SOCKET })
    const request = await filed(/^portforward/)
    expect(request.spec.operation?.summary).toContain('ports 5432')
    expect(request.spec.operation?.summary).toContain('it can reveal')
    await harness.approve(request.metadata.name)
    await live.arrived(/\r\n\r\n/)
    const answer = live.answer()
    expect(answer.status).toBe(101)
    live.leave()
    const lines = await harness.recorded('the end of the stream', (all) => {
      const own = all.filter(({ auditID }) => auditID === answer.auditID)
      return own.some(({ event }) => event === 'stream.closed') && own
    })
    const of = (name: string): Line | undefined => lines.find(({ event }) => event === name)
    expect(of('stream.opened')).toMatchObject({ stream: 'portforward', ports: ['5432'] })
    expect(of('stream.closed')).toMatchObject({ bytesOut: expect.any(Number) as number })
    expect(of('stream.data')).toBeUndefined()
  })
  it('E15 kubectl debug counts as exec: no grant to write pods covers it, and the approver sees what it can reveal', async () => {
    const body = {
      spec: {
        ephemeralContainers: [
          { name: 'd', image: 'docker.io/library/busybox:1.35', command: ['cat', '/proc/1/root/s/password'], targetContainerName: 'a' },
        ],
      },
    }
    const request: object = {
      apiVersion: 'jit.access/v1',
      kind: 'AccessRequest',
      metadata: { name: `${agent.policy}-pods` },
      spec: { rules: [{ verbs: ['patch', 'update'], resources: ['pods'], namespaces: [harness.namespace] }] },
    }
    expect((await harness.json('POST /apis/jit.access/v1/accessrequests', request, { token: agent.token })).status).toBe(201)
    await harness.approve(`${agent.policy}-pods`)
    const live = await harness.open(`PATCH ${harness.in(`pods/${POD}/ephemeralcontainers`)}`, {
      token: agent.token,
      type: 'application/strategic-merge-patch+json',
      body: JSON.stringify(body),
    })
    const held = await filed(/^ephemeral/)
    expect(held.spec.operation?.summary).toMatch(/^ephemeralcontainers \(it can reveal the Secrets that the pod can read: db\)/)
    expect(live.answer().status).toBe(0)
    live.leave()
    const pod = await harness.admin.json<{ readonly spec: { readonly ephemeralContainers?: unknown } }>({
      method: 'GET',
      path: harness.in(`pods/${POD}`),
    })
    expect(pod.spec.ephemeralContainers).toBeUndefined()
  })
  it('E18 a value across a line split by the container runtime is masked', async () => {
    const log = `GET ${harness.in(`pods/${POD}/log`)}`
    // The pod is ready before its first line is in the log.
    await until('the log has the line', async () => (await harness.send(log)).text.endsWith('\n'))
    const { text, status } = await harness.send(log)
    expect(status).toBe(200)
    expect(text).toBe(`${'x'.repeat(16_370)}[jit.access/masked]\n`)
  })
  it('E14 kubectl cp of a binary file transfers it unchanged under a grant to exec', async () => {
    const file = join(tmpdir(), `${agent.policy}.bin`)
    await harness.grant({ rules: [{ verbs: ['create'], resources: ['pods/exec'], namespaces: [harness.namespace] }] })
    const made = await kubectl('admin', [
      '-n',
      harness.namespace,
      'exec',
      POD,
      '--',
      'sh',
      '-c',
      'head -c 400000 /dev/urandom > /tmp/f; sha256sum /tmp/f',
    ])
    const copied = await kubectl('agent', ['-n', harness.namespace, 'cp', `${POD}:/tmp/f`, file])
    expect(copied.code, copied.stderr).toBe(0)
    expect(made.stdout).toContain(sum(await readFile(file)))
    await rm(file)
  })
})
