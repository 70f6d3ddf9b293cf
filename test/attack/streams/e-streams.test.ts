import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubectl, startKubectl } from '../../cluster/environment.ts'
import { openHarness, type Harness } from '../harness.ts'
import { leaksIn } from '../oracles/canary.ts'

/** E. Streams and logs. A pod that can read the Secret really runs. */
let harness: Harness
const POD = 'sees-it'
const SCRIPT = 'cat /s/password; echo; while true; do echo "line $(cat /s/password) end"; sleep 0.3; done'
beforeAll(async () => {
  harness = await openHarness('attack-e')
  const container = {
    name: 'a',
    image: 'docker.io/library/busybox:1.35',
    command: ['sh', '-c', SCRIPT],
    env: [{ name: 'PW', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }],
    volumeMounts: [{ name: 's', mountPath: '/s' }],
  }
  const spec = {
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    containers: [container],
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
afterAll(() => harness.finish())

const agent = (...args: readonly string[]) => kubectl('agent', ['-n', harness.namespace, ...args])
const SOCKET = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']
const exec = (query: string, more: readonly string[] = SOCKET, method = 'GET') =>
  harness.send(`${method} ${harness.in(`pods/${POD}/exec`)}?${query}`, { headers: more })

describe('E. streams', () => {
  it('E05 exec, attach and port-forward by GET without a grant are refused', async () => {
    for (const rest of ['exec?command=id&stdout=1', 'attach?stdout=1', 'portforward?ports=80'])
      for (const method of ['GET', 'POST'])
        for (const headers of [SOCKET, ['Connection: Upgrade', 'Upgrade: SPDY/3.1'], []]) {
          const answer = await harness.send(`${method} ${harness.in(`pods/${POD}/${rest}`)}`, { headers })
          expect([400, 403]).toContain(answer.status)
          harness.unseen(answer)
        }
  })
  it('E08 proxies of pods, services and nodes, and logs and exec of nodes, are refused', async () => {
    for (const target of [
      '/api/v1/nodes/node-1/proxy/pods',
      '/api/v1/nodes/node-1:10250/proxy/run',
      '/api/v1/nodes/https:node-1:10250/proxy/',
      '/api/v1/nodes/node-1/log',
      '/api/v1/nodes/node-1/exec',
      '/api/v1/nodes/node-1/metrics',
      '/api/v1/nodes/node-1/stats',
      '/api/v1/nodes/node-1/configz',
      '/api/v1/nodes/node-1/healthz',
    ]) {
      const answer = await harness.send(`GET ${target}`)
      expect([400, 403], target).toContain(answer.status)
      harness.unseen(answer)
    }
    for (const rest of [`pods/${POD}/proxy/`, `pods/https:${POD}:443/proxy/x`, 'services/https:web:443/proxy/', 'services/web/proxy']) {
      const answer = await harness.heldOrAnswered(`GET ${harness.in(rest)}`)
      expect([0, 400, 403], rest).toContain(answer.status)
    }
  })
  describe('with a grant to exec', () => {
    let grant: string
    beforeAll(async () => {
      grant = await harness.grant({ rules: [{ verbs: ['create'], resources: ['pods/exec'], namespaces: [harness.namespace], resourceNames: [POD] }] })
    })
    it.each([
      ['env', ['env']],
      ['cat', ['cat', '/s/password']],
      ['base64', ['sh', '-c', 'base64 /s/password']],
      ['stderr', ['sh', '-c', 'cat /s/password >&2']],
      ['hex', ['sh', '-c', 'od -An -tx1 /s/password | tr -d " \\n"']],
      ['byte by byte', ['sh', '-c', 'for i in $(seq 0 60); do dd if=/s/password bs=1 skip=$i count=1 2>/dev/null; done']],
    ])('E01 exec %s masks known values', async (_, command) => {
      const ran = await agent('exec', POD, '--', ...command)
      expect(ran.stdout + ran.stderr).toContain('jit.access/masked')
      expect(leaksIn(Buffer.from(ran.stdout + ran.stderr), harness.canaries)).toEqual([])
    })
    it('E06 unknown protocols get 400, and only known ones are offered upstream', async () => {
      for (const protocol of ['v9.channel.k8s.io', 'chat', 'base64url.bearer.authorization.k8s.io.eA'])
        expect((await exec('command=id&stdout=1', [...SOCKET, `Sec-WebSocket-Protocol: ${protocol}`])).status).toBe(400)
      expect(
        (
          await exec(
            'command=id&stdout=1',
            SOCKET.map((line) => line.replace('Version: 13', 'Version: 8')),
          )
        ).status,
      ).toBe(400)
      expect((await exec('command=id&stdout=1', SOCKET, 'POST')).status).toBe(400)
    })
    it('E12 H10 the end of a grant ends the stream, and the record says why', async () => {
      const script = 'while true; do echo tick; sleep 0.2; done'
      const running = await startKubectl('agent', ['-n', harness.namespace, 'exec', POD, '--', 'sh', '-c', script])
      await running.says('tick')
      await harness.revoke(grant)
      // The stream has no other end. How soon it comes is measured in test/gateway/stream.
      expect((await running.ended).stderr).toContain('its grant was revoked')
      // The client sees the end before its record is written.
      await harness.recorded('the end', (lines) => lines.some(({ event, reason }) => event === 'stream.closed' && reason === 'revoked'))
    })
    it('E20 input and output are recorded masked', async () => {
      const lines = await harness.recorded('data of streams', (all) => {
        const found = all.filter(({ event }) => event === 'stream.data')
        return found.length > 0 && found
      })
      expect(leaksIn(Buffer.from(JSON.stringify(lines)), harness.canaries)).toEqual([])
    })
  })
  it.each([
    '',
    'follow=true&limitBytes=4000',
    'timestamps=true',
    'tailLines=1',
    'sinceSeconds=5',
    'limitBytes=47',
    'limitBytes=16',
    'previous=false&container=a',
    'insecureSkipTLSVerifyBackend=true',
    'stream=Stdout',
  ])('X17 a log with %j holds no value', async (query) => {
    const answer = await harness.send(`GET ${harness.in(`pods/${POD}/log`)}?${query}`)
    expect([200, 400, 422]).toContain(answer.status)
  })
  it('X18 a log cut at any byte shows no beginning of a value', async () => {
    for (let bytes = 1; bytes <= harness.db.length + 8; bytes += 3) {
      const { text } = await harness.send(`GET ${harness.in(`pods/${POD}/log`)}?limitBytes=${bytes}`)
      expect(text).not.toMatch(/c4n/)
    }
  })
})
