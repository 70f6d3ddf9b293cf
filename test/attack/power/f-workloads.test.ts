import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { FailureStatus } from '../../../domain/status-error.ts'
import { kubectl, mintToken } from '../../cluster/environment.ts'
import { until } from '../../until.ts'
import { openHarness, type Harness } from '../harness.ts'
import { openOwnAgent, type OwnAgent } from '../oracles/own-policy.ts'
import { doorOf, exchange, type Answer } from '../oracles/raw-exchange.ts'

/** F. Workloads that gain power: an agent with every ordinary grant for them. */
let harness: Harness
let agent: OwnAgent
const APPS = 'apps/v1'
const container = { name: 'a', image: 'none.invalid/a:1' }
const VOLUME = { volumes: [{ name: 's', secret: { secretName: 'db' } }] }
const deployment = (name: string, pod: object = {}): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { automountServiceAccountToken: false, containers: [container], ...pod } },
  },
})
const template = (pod: object): object => ({ spec: { template: { spec: pod } } })
const JSON_PATCH = 'application/json-patch+json'
const MERGE = 'application/merge-patch+json'
const STRATEGIC = 'application/strategic-merge-patch+json'
const APPLY = 'application/apply-patch+yaml'

beforeAll(async () => {
  harness = await openHarness('attack-w')
  agent = await openOwnAgent({ hold: { timeoutSeconds: 1 } })
  const verbs = ['create', 'update', 'patch', 'delete']
  const body = {
    apiVersion: 'jit.access/v1',
    kind: 'AccessRequest',
    metadata: { name: agent.policy },
    spec: {
      rules: [
        { verbs, apiGroups: ['apps'], resources: ['deployments'], namespaces: [harness.namespace] },
        { verbs, apiGroups: ['batch'], resources: ['cronjobs'], namespaces: [harness.namespace] },
        { verbs, resources: ['pods', 'pods/ephemeralcontainers', 'pods/resize'], namespaces: [harness.namespace] },
      ],
    },
  }
  expect((await harness.json('POST /apis/jit.access/v1/accessrequests', body, { token: agent.token })).status).toBe(201)
  await harness.approve(agent.policy)
  expect((await send('POST', 'deployments', deployment('web'))).status).toBe(201)
})
afterAll(async () => {
  await agent.remove()
  await harness.finish()
})

const send = (method: string, at: string, body: object, type = 'application/json'): Promise<Answer> =>
  harness.json(`${method} ${harness.in(at, /^(deploy|cron)/.test(at) ? (at.startsWith('cron') ? 'batch/v1' : APPS) : '')}`, body, {
    token: agent.token,
    type,
  })
/** Expects that the operation is held; the pending request names the power that it would gain. */
async function held(answer: Promise<Answer>, what: string): Promise<void> {
  const { status, text } = await answer
  expect(status, `${what}: ${text.slice(0, 400)}`).toBe(403)
  expect(text, what).toMatch(/ApprovalTimedOut/)
}
async function requestsOf(): Promise<readonly AccessRequest[]> {
  const { items } = await harness.admin.json<{ readonly items: readonly AccessRequest[] }>({
    method: 'GET',
    path: '/apis/jit.access/v1/accessrequests',
  })
  return items.filter(({ spec }) => spec.requester?.username === agent.username && spec.operation !== undefined)
}
const gainsAsked = async (): Promise<ReadonlySet<string>> =>
  new Set((await requestsOf()).flatMap(({ spec }) => (spec.rules ?? []).flatMap(({ gains }) => gains ?? [])))
const live = (): Promise<object> => harness.admin.json<object>({ method: 'GET', path: harness.in('deployments/web', APPS) })

describe('F. workloads that gain power', () => {
  it('X90 ordinary writes pass with the grant, in every way of writing', async () => {
    const image = { containers: [{ name: 'a', image: 'none.invalid/a:2' }] }
    const answers = [
      await send(
        'PATCH',
        'deployments/web',
        [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'none.invalid/a:3' }],
        JSON_PATCH,
      ),
      await send('PATCH', 'deployments/web', { metadata: { annotations: { a: 'b' } } }, MERGE),
      await send('PATCH', 'deployments/web', template(image), STRATEGIC),
      await send('PUT', 'deployments/web', deployment('web')),
      await harness.json(`PATCH ${harness.in('deployments/applied', APPS)}?fieldManager=x`, deployment('applied'), {
        token: agent.token,
        type: APPLY,
      }),
      await send('POST', 'pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'plain' }, spec: { containers: [container] } }),
    ]
    expect(answers.map(({ status, text }) => (status < 300 ? 'ok' : text))).toEqual(answers.map(() => 'ok'))
    expect(await requestsOf()).toEqual([])
  })
  it('X91 a change that makes a Deployment mount a Secret is held, in every way of writing', async () => {
    const before = JSON.stringify(await live())
    const web = (body: object, type: string): Promise<Answer> => send('PATCH', 'deployments/web', body, type)
    await held(web([{ op: 'add', path: '/spec/template/spec/volumes', value: VOLUME.volumes }], JSON_PATCH), 'json patch')
    await held(web(template(VOLUME), MERGE), 'merge patch')
    await held(web(template(VOLUME), STRATEGIC), 'strategic merge patch')
    await held(
      harness.json(`PATCH ${harness.in('deployments/applied', APPS)}?fieldManager=x`, deployment('applied', VOLUME), {
        token: agent.token,
        type: APPLY,
      }),
      'apply',
    )
    await held(send('PUT', 'deployments/web', deployment('web', VOLUME)), 'put')
    await held(send('POST', 'deployments', deployment('new', VOLUME)), 'post')
    expect(JSON.stringify(await live())).toBe(before)
    expect([...(await gainsAsked())]).toEqual(['Secret=db'])
  })
  it('X92 all other writes that give power are held, in pods, templates and debug containers', async () => {
    const cron = {
      schedule: '0 0 1 1 *',
      jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [container], hostPID: true } } } },
    }
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [container], volumes: [{ name: 'h', hostPath: { path: '/etc' } }] },
    }
    const debug = { spec: { ephemeralContainers: [{ name: 'd', image: 'none.invalid/d', envFrom: [{ secretRef: { name: 'tls' } }] }] } }
    await held(send('PATCH', 'deployments/web', template({ serviceAccountName: 'admin' }), MERGE), 'account')
    await held(send('PATCH', 'deployments/web', template({ automountServiceAccountToken: null }), MERGE), 'token')
    await held(
      send('PATCH', 'deployments/web', template({ containers: [{ name: 'b', image: 'x', securityContext: { privileged: true } }] }), STRATEGIC),
      'privileged',
    )
    await held(send('POST', 'cronjobs', { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'c' }, spec: cron }), 'cronjob')
    await held(send('POST', 'pods', pod), 'pod')
    await held(send('PATCH', 'pods/plain/ephemeralcontainers', debug, STRATEGIC), 'debug')
    const asked = await gainsAsked()
    for (const gain of [
      'ServiceAccount=admin',
      'ServiceAccountToken=unless the account says no',
      'Privileged',
      'HostNamespace=pid',
      'HostPath=/etc',
      'Secret=tls',
    ])
      expect([...asked]).toContain(gain)
  })
  it('X93 past the gateway, the webhook refuses writes that give power and names the powers', async () => {
    const role = ['create', 'role', 'red', '--verb=get,patch', '--resource=deployments.apps']
    for (const args of [role, ['create', 'rolebinding', 'red', '--role=red', `--user=${agent.username}`]])
      expect((await kubectl('admin', ['-n', harness.namespace, ...args])).code).toBe(0)
    const token = await mintToken({ user: agent.username.replace('oidc:', ''), groups: 'red', audience: 'kubernetes' })
    const { kubernetes } = harness.environment
    const door = doorOf(kubernetes.url, await readFile(kubernetes.caFile, 'utf8'))
    const direct = async (body: object, query = ''): Promise<Answer> => {
      const payload = JSON.stringify(body)
      const head = `PATCH ${harness.in('deployments/web', APPS)}${query} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n`
      return exchange(door, `${head}Content-Type: ${MERGE}\r\nContent-Length: ${Buffer.byteLength(payload)}\r\n\r\n${payload}`)
    }
    const powerful = template({ ...VOLUME, hostNetwork: true })
    // RBAC takes effect a moment later, and so does the configuration of the webhook, which names the users that it judges.
    await until('RBAC allows it and the webhook judges it', async () => {
      const { status, text } = await direct(powerful, '?dryRun=All')
      return status === 403 && text.includes('PowerGained')
    })
    expect((await direct({ metadata: { annotations: { direct: 'yes' } } })).status).toBe(200)
    const refused = await direct(powerful)
    expect(refused.status).toBe(403)
    const causes = (JSON.parse(refused.body.toString()) as FailureStatus).details?.causes ?? []
    expect(causes.filter(({ reason }) => reason === 'PowerGained').map(({ message }) => message)).toEqual(
      expect.arrayContaining(['HostNamespace=network', 'Secret=db']),
    )
  })
  it('X89 an approved operation passes once, with the powers that were shown and no others', async () => {
    await agent.change({ hold: { timeoutSeconds: 300 } })
    const patched = send(
      'PATCH',
      'deployments/web',
      template({ volumes: [{ name: 's', secret: { secretName: 'db', items: [{ key: 'username', path: 'u' }] } }] }),
      MERGE,
    )
    const pending = await harness.pending(
      'the patch',
      ({ spec }) => spec.requester?.username === agent.username && spec.rules?.[0]?.gains?.[0] === 'Secret=db:username',
    )
    expect(pending.spec.operation?.summary).toContain('GIVES THE WORKLOAD Secret=db:username')
    await harness.approve(pending.metadata.name)
    expect((await patched).status).toBe(200)
    await agent.change({ hold: { timeoutSeconds: 1 } })
    await held(send('PATCH', 'deployments/web', template(VOLUME), MERGE), 'the whole Secret')
  })
})
