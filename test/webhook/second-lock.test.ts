import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { KubeCall } from '../../kube/client.ts'
import { ANSWERED_OTHERWISE, probe, SAMPLES } from './every-subresource.ts'
import { callAs, clusterAdmin, type User } from './call-as.ts'
import { until } from '../until.ts'
import { auditLog, startClusterFixture, type ClusterFixture } from './cluster-fixture.ts'

/** The shipped webhook and policies on a real kube-apiserver. The agent and the developer are cluster-admin by mistake, so RBAC allows everything. */
let fixture: ClusterFixture
const BOOT_MS = 1_800_000 // the first run builds the cluster
const API = '/apis/jit.access/v1'
const APPS = '/apis/apps/v1/namespaces/shop/deployments'
const CONFIGURATION = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/jit-access'

const AGENT: User = { name: 'oidc:agent', groups: ['oidc:agents'] }
const DEVELOPER: User = { name: 'oidc:developer', groups: ['oidc:developers'] }

const as = (user: User, call: KubeCall): Promise<string> => callAs(fixture.admin, user, call)
const merge = { contentType: 'application/merge-patch+json' } as const
const scaleTo = (replicas: number, dry = false): KubeCall => ({
  method: 'PATCH',
  path: `${APPS}/web/scale`,
  body: { spec: { replicas } },
  ...merge,
  ...(dry ? { query: { dryRun: 'All' } } : {}),
})
const configMap = (name: string): KubeCall => ({
  method: 'POST',
  path: '/api/v1/namespaces/shop/configmaps',
  body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
})
const expressionOf = async (): Promise<string> => {
  const { webhooks } = await fixture.admin.json<{ webhooks: { matchConditions: { expression: string }[] }[] }>({ method: 'GET', path: CONFIGURATION })
  return webhooks[0]?.matchConditions.map(({ expression }) => expression).join(' && ') ?? ''
}

/** The agent requests access and an admin approves. Returns the grant's name. */
async function granted(rule: object, maxUses?: number): Promise<string> {
  const name = `r-${randomUUID().slice(0, 8)}`
  const spec = { rules: [rule], durationSeconds: 300, ...(maxUses === undefined ? {} : { maxUses }) }
  const filed = await as(AGENT, {
    method: 'POST',
    path: `${API}/accessrequests`,
    body: { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec },
  })
  expect(filed).toBe('200')
  const request = await fixture.admin.json<{ status?: object }>({ method: 'GET', path: `${API}/accessrequests/${name}` })
  const conditions = [{ type: 'Approved', status: 'True', reason: 'Test', message: 'ok' }]
  const decided = await fixture.admin.json<{ status: { grantName: string } }>({
    method: 'PUT',
    path: `${API}/accessrequests/${name}/approval`,
    body: { ...request, status: { ...request.status, conditions } },
  })
  return decided.status.grantName
}
const grantOf = (name: string): Promise<AccessGrant> => fixture.admin.json<AccessGrant>({ method: 'GET', path: `${API}/accessgrants/${name}` })
const scaling = { verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments/scale'], namespaces: ['shop'], resourceNames: ['web'] }

beforeAll(async () => {
  fixture = await startClusterFixture(process.env)
  const labels = { app: 'web' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } }
  await fixture.createNamespace('shop')
  await fixture.apply(
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'shop' } },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe', namespace: 'shop' }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
    clusterAdmin('mistake', { kind: 'Group', name: 'oidc:agents' }),
    clusterAdmin('mistake-too', { kind: 'Group', name: 'jit.access:agents' }),
    clusterAdmin('developers', { kind: 'Group', name: 'oidc:developers' }),
  )
  await fixture.apply({
    apiVersion: 'jit.access/v1',
    kind: 'AccessPolicy',
    metadata: { name: 'coding-agents' },
    spec: { subjects: [{ kind: 'Group', name: 'oidc:agents' }] },
  })
  await until('the configuration follows the policy', async () => (await expressionOf()).includes("'oidc:agents'"))
  // kube-apiserver learns of the change by its own watch.
  await until('kube-apiserver calls the webhook', async () => (await as(AGENT, scaleTo(1, true))).includes('admission webhook'))
  const removal: KubeCall = { method: 'DELETE', path: CONFIGURATION, query: { dryRun: 'All' } }
  await until('the admission policy applies to the agent', async () => (await as(AGENT, removal)).includes('never lets an agent'))
}, BOOT_MS)
afterAll(() => fixture?.stop())

describe('an agent that is cluster-admin by mistake and bypasses the gateway', () => {
  const pod = '/api/v1/namespaces/shop/pods/probe'
  it.each<[string, KubeCall]>([
    ['create', configMap('x')],
    ['patch', { method: 'PATCH', path: `${APPS}/web`, body: { metadata: { labels: { a: 'b' } } }, ...merge }],
    ['scale', scaleTo(5)],
    ['delete', { method: 'DELETE', path: `${APPS}/web` }],
    ['delete a collection', { method: 'DELETE', path: '/api/v1/namespaces/shop/configmaps' }],
    ['delete the namespace', { method: 'DELETE', path: '/api/v1/namespaces/shop' }],
    ['exec', { method: 'POST', path: `${pod}/exec`, query: { command: 'env', container: 'web', stdout: 'true' } }],
    ['attach', { method: 'POST', path: `${pod}/attach`, query: { stdout: 'true' } }],
    ['port-forward', { method: 'POST', path: `${pod}/portforward`, query: { ports: '80' } }],
    ['proxy', { method: 'GET', path: `${pod}/proxy/` }],
    [
      'evict',
      {
        method: 'POST',
        path: `${pod}/eviction`,
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'probe', namespace: 'shop' } },
      },
    ],
    [
      'debug',
      {
        method: 'PATCH',
        path: `${pod}/ephemeralcontainers`,
        body: { spec: { ephemeralContainers: [{ name: 'd', image: 'd:1' }] } },
        contentType: 'application/strategic-merge-patch+json',
      },
    ],
    ['change a status', { method: 'PATCH', path: `${APPS}/web/status`, body: { status: { replicas: 9 } }, ...merge }],
    [
      'create a token',
      {
        method: 'POST',
        path: '/api/v1/namespaces/shop/serviceaccounts/default/token',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
      },
    ],
    ['proxy to a kubelet', { method: 'GET', path: '/api/v1/nodes/node-1/proxy/pods' }],
    ['remove the webhook', { method: 'DELETE', path: CONFIGURATION }],
    ['remove the APIService of jit-access', { method: 'DELETE', path: '/apis/apiregistration.k8s.io/v1/apiservices/v1.jit.access' }],
    [
      'write into the namespace of jit-access',
      { method: 'POST', path: '/api/v1/namespaces/jit-system/configmaps', body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } } },
    ],
    [
      'scale by server-side apply',
      {
        method: 'PATCH',
        path: `${APPS}/web?fieldManager=x&force=true`,
        body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 3 } },
        contentType: 'application/apply-patch+yaml',
      },
    ],
  ])('cannot %s', async (_, call) =>
    expect(await as(AGENT, call)).toMatch(/^403 .*(admission webhook "governed\.jit\.access" denied the request|jit-access never lets an agent)/s),
  )
  it.each<[string, KubeCall]>([
    ['change its policy', { method: 'PATCH', path: `${API}/accesspolicies/coding-agents`, body: { spec: { mode: 'Shadow' } }, ...merge }],
    ['delete its policy', { method: 'DELETE', path: `${API}/accesspolicies/coding-agents` }],
    ['decide a request', { method: 'PATCH', path: `${API}/accessrequests/any/approval`, body: { status: { conditions: [] } }, ...merge }],
  ])('cannot %s: the apiserver refuses it, since no webhook sees its kinds', async (_, call) =>
    expect(await as(AGENT, call)).toMatch(/^403 "oidc:agent" is governed by policy "coding-agents" and cannot/),
  )
  it('receives the command that requests access', async () =>
    expect(await as(AGENT, scaleTo(2))).toContain(
      'kubectl create accessrequest --verb=patch --resource=deployments.apps/scale --namespace=shop --name=web',
    ))
  it('may create a SelfSubjectAccessReview', async () =>
    expect(
      await as(AGENT, {
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
        },
      }),
    ).toBe('200'))
})

it('every subresource in discovery is refused to the agent', async () => {
  for (const sample of SAMPLES) await fixture.apply(sample)
  const answers = await probe(fixture.admin, (call) => as(AGENT, call))
  expect(Object.keys(answers).length).toBeGreaterThan(30)
  expect(Object.fromEntries(Object.entries(answers).filter(([, answer]) => answer !== 'refused'))).toEqual(ANSWERED_OTHERWISE)
})

describe('with a grant', () => {
  it('of a hundred concurrent uses of a grant with one use, exactly one passes, and a dry run takes none', async () => {
    const name = await granted(scaling, 1)
    const uses = async (): Promise<number> => (await grantOf(name)).status?.uses ?? 0
    expect(await as(AGENT, scaleTo(2, true))).toBe('200')
    expect(await uses()).toBe(0)
    const attempt = (concurrent: number): Promise<readonly string[]> =>
      Promise.all(Array.from({ length: concurrent }, (_, n) => as(AGENT, scaleTo(n + 2))))
    const answers = [...(await attempt(100))]
    // A busy machine may not answer within the five seconds that kube-apiserver waits. That is an error, and may take the use.
    while ((await uses()) === 0) answers.push(...(await attempt(5)))
    const count = (pattern: RegExp): number => answers.filter((answer) => pattern.test(answer)).length
    const [passed, refused, errors] = [count(/^200/), count(/^403/), count(/^50[03] /)]
    expect(passed + refused + errors).toBe(answers.length)
    expect(passed).toBeLessThanOrEqual(1)
    expect(passed + errors).toBeGreaterThanOrEqual(1)
    expect(await uses()).toBe(1)
  })
  it('a grant is effective immediately and has no effect once it is revoked', async () => {
    const name = await granted(scaling)
    expect(await as(AGENT, scaleTo(1))).toBe('200')
    const grant = await grantOf(name)
    const conditions = [{ type: 'Revoked', status: 'True', reason: 'Test', message: 'enough' }]
    await fixture.admin.json({
      method: 'PUT',
      path: `${API}/accessgrants/${name}/revocation`,
      body: { ...grant, status: { ...grant.status, conditions } },
    })
    await until('the webhook received the change', async () => (await as(AGENT, scaleTo(1, true))).startsWith('403'))
  })
  it('through the gateway, one use is taken under its audit ID', async () => {
    const name = await granted(scaling, 1)
    const auditID = randomUUID()
    const through: User = {
      name: 'jit.access:agent',
      groups: ['jit.access:agents'],
      extra: { 'jit.access/user': 'oidc:agent', 'jit.access/groups': 'oidc:agents', 'jit.access/grant': name, 'jit.access/request': auditID },
    }
    await fixture.admin.json({
      method: 'POST',
      path: `${API}/accessgrants/${name}/claim`,
      body: { apiVersion: 'jit.access/v1', kind: 'GrantClaim', spec: { auditID } },
    })
    expect(await as(through, scaleTo(3))).toBe('200')
    expect((await grantOf(name)).status?.uses).toBe(1)
    expect(await as({ ...through, extra: { ...through.extra, 'jit.access/request': randomUUID() } }, scaleTo(4))).toMatch(/^403/)
  })
})

describe('the Kubernetes audit log', () => {
  it('contains the decision', async () => {
    const name = await granted(scaling)
    await as(AGENT, scaleTo(4))
    const event = await until('the event', async () =>
      (await auditLog(fixture))
        .split('\n')
        .slice(0, -1)
        .find((line) => line.includes(`"governed.jit.access/grant":"${name}"`)),
    )
    const { annotations } = JSON.parse(event) as { readonly annotations: { readonly [key: string]: string } }
    expect(Object.fromEntries(Object.entries(annotations).filter(([key]) => key.startsWith('governed.jit.access/')))).toEqual({
      'governed.jit.access/decision': 'allow',
      'governed.jit.access/agent': 'oidc:agent',
      'governed.jit.access/policy': 'coding-agents',
      'governed.jit.access/rule': 'default',
      'governed.jit.access/grant': name,
      'governed.jit.access/request': (await grantOf(name)).spec.requestName,
    })
    expect(await auditLog(fixture)).toContain('"governed.jit.access/decision":"ask"')
  })
})

describe('the configuration', () => {
  it('is restored when a user changes it', async () => {
    const before = await expressionOf()
    const patch = [{ op: 'add', path: '/webhooks/0/matchConditions/-', value: { name: 'never', expression: 'false' } }]
    await fixture.admin.json({ method: 'PATCH', path: CONFIGURATION, body: patch, contentType: 'application/json-patch+json' })
    await until('the configuration is restored', async () => (await expressionOf()) === before)
  })
  it('follows the creation and deletion of a policy, and so does the policy jit-access-never', async () => {
    const robots: User = { name: 'oidc:robot', groups: [] }
    await fixture.apply(clusterAdmin('robot', { kind: 'User', name: 'oidc:robot' }))
    await until('RBAC allows it', async () => (await as(robots, configMap('before'))) === '200')
    await fixture.apply({
      apiVersion: 'jit.access/v1',
      kind: 'AccessPolicy',
      metadata: { name: 'robots' },
      spec: { subjects: [{ kind: 'User', name: 'oidc:robot' }] },
    })
    await until('the robot is governed', async () => (await as(robots, configMap('x'))).startsWith('403'))
    await until('and may not remove the webhook configuration', async () =>
      (await as(robots, { method: 'DELETE', path: CONFIGURATION, query: { dryRun: 'All' } })).startsWith('403'),
    )
    await fixture.kubectl('delete', 'accesspolicy', 'robots')
    await until('the robot is no longer governed', async () => (await as(robots, configMap(`after-${randomUUID().slice(0, 8)}`))) === '200')
  })
})

describe('with the webhook dead', () => {
  it('the agent is refused and other users are unaffected, also when they delete namespaces', async () => {
    await fixture.killWebhook()
    try {
      expect(await as(AGENT, configMap('y'))).toMatch(/^500 .*failed calling webhook "governed\.jit\.access"/)
      expect(await as(DEVELOPER, configMap('z'))).toBe('200')
      await fixture.kubectl('create', 'namespace', 'gone')
      await fixture.kubectl('delete', 'namespace', 'gone', '--timeout=60s')
    } finally {
      await fixture.startWebhook()
    }
    expect(await as(AGENT, configMap('y'))).toMatch(/^403/)
  })
})

it('a client without a certificate of kube-apiserver is rejected', async () =>
  expect(await fixture.askWithoutCertificate()).toMatch(/certificate required|ECONNRESET|bad certificate/i))

it('the metrics count', async () =>
  expect(await (await fetch(fixture.metricsUrl)).text()).toMatch(/jit_webhook_reviews_total\{decision="ask",operation="CREATE"\} [1-9]/))
