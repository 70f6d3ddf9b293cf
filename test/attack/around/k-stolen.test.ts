import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AGENT_USER } from '../../../domain/api/names.ts'
import { AGENTS_CEL } from '../../../domain/policy/never-governed.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { KubeCall, KubeClient } from '../../../kube/client.ts'
import { patientClient } from '../../cluster/patient-client.ts'
import { until } from '../../until.ts'
import { openHarness, type Harness } from '../harness.ts'
import { POD, SECRETS, STANDBY_POD, WAYS, type Way } from '../oracles/ways-to-cluster-admin.ts'

/** K. A stolen token of each ServiceAccount that is shipped, directly at kube-apiserver: every known way to more power. */
let harness: Harness
let ours: readonly string[]
const made: (() => Promise<unknown>)[] = []
const GROUPS = { agents: 'jit.access:agents', baseline: 'jit.access:baseline:coding-agents', elevated: 'jit.access:elevated:coding-agents' } as const

beforeAll(async () => {
  harness = await openHarness('attack-stolen')
  type Accounts = { readonly items: readonly { readonly metadata: { readonly name: string } }[] }
  const accounts = await harness.admin.json<Accounts>({ method: 'GET', path: '/api/v1/namespaces/jit-system/serviceaccounts' })
  ours = accounts.items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('jit-'))
  // Where servers run as processes this pod does not exist, but the permissions of its ServiceAccount do.
  const pods = '/api/v1/namespaces/jit-system/pods'
  const is = await statusAs(undefined, { method: 'GET', path: `${pods}/${STANDBY_POD}` })
  if (is === 404) {
    const labels = { 'app.kubernetes.io/name': 'jit-apiserver-standby' }
    await harness.admin.json({ method: 'POST', path: pods, body: { ...POD, metadata: { name: STANDBY_POD, labels } } })
    made.push(() => harness.admin.json({ method: 'DELETE', path: `${pods}/${STANDBY_POD}`, query: { gracePeriodSeconds: '0' } }))
  }
})
afterAll(async () => {
  for (const undo of made) await undo()
  await Promise.all([...clients.values()].map((client) => client.close()))
  await harness.finish()
})

const tokens = new Map<string, string>()
async function tokenOf(account: string): Promise<string> {
  const known = tokens.get(account)
  if (known !== undefined) return known
  const path = `/api/v1/namespaces/jit-system/serviceaccounts/${account}/token`
  const reply = await harness.admin.json<{ readonly status: { readonly token: string } }>({ method: 'POST', path, body: { spec: {} } })
  tokens.set(account, reply.status.token)
  return reply.status.token
}

const clients = new Map<string, KubeClient>()
async function clientOf(token: string): Promise<KubeClient> {
  const { url, caFile } = harness.environment.kubernetes
  const ca = await readFile(caFile, 'utf8')
  const known = clients.get(token)
  if (known !== undefined) return known
  const client = patientClient({ server: new URL(url), ca, credential: { kind: 'token', token: () => Promise.resolve(token) } })
  clients.set(token, client)
  return client
}

/** Status of kube-apiserver for a token; without a token, for an admin. */
async function statusAs(token: string | undefined, call: KubeCall, headers: KubeCall['headers'] = {}): Promise<number> {
  const client = token === undefined ? harness.admin : await clientOf(token)
  try {
    const answer = await client.raw({ ...call, headers: { ...call.headers, ...headers } })
    await answer.body.dump()
    return answer.status
  } catch (error) {
    if (error instanceof StatusError) return error.code
    throw error
  }
}

/** Ways that are a server's own task and stay open to a thief of its token, as SECURITY.md says. */
const TASKS: ReadonlySet<string> = new Set(['jit-gateway lists every Secret', 'jit-certificates reads the authority of our certificates'])
const isRefusal = (status: number): boolean => status === 403 || status === 405

describe('K. a stolen token of ours', () => {
  it('K03 X95 every way works for an admin, or the tests below would prove nothing', async () => {
    const closed: string[] = []
    for (const way of WAYS(harness.namespace)) {
      const status = await statusAs(undefined, way.call)
      if (isRefusal(status)) closed.push(`${way.what}: ${status}`)
    }
    expect(closed).toEqual([])
  })

  it('K03 X96 no ServiceAccount token of ours leads to cluster-admin', async () => {
    expect(ours).toEqual(
      expect.arrayContaining(['jit-apiserver', 'jit-apiserver-standby', 'jit-controller', 'jit-gateway', 'jit-impersonator', 'jit-webhook']),
    )
    const open: string[] = []
    await Promise.all(
      ours.map(async (account) => {
        for (const { what, call } of WAYS(harness.namespace)) {
          const status = await statusAs(await tokenOf(account), call)
          if (!isRefusal(status) && !TASKS.has(`${account} ${what}`)) open.push(`${account} ${what}: ${status}`)
        }
      }),
    )
    expect(open).toEqual([])
  })

  it('K03 X97 the gateway’s forwarding token can impersonate only the agents', async () => {
    const stolen = await tokenOf('jit-impersonator')
    const names = [
      'system:kube-controller-manager',
      'system:kube-scheduler',
      'system:admin',
      'oidc:agent',
      'oidc:approver',
      'kubernetes-admin',
      'jit.access:agents',
    ]
    const read = { method: 'GET', path: '/version' } as const
    for (const name of names) expect([name, await statusAs(stolen, read, { 'impersonate-user': name })]).toEqual([name, 403])
    expect(await statusAs(stolen, read, { 'impersonate-user': AGENT_USER })).toBe(200)
    for (const group of ['system:masters', 'system:nodes', 'kubeadm:cluster-admins', 'oidc:developers', 'jit.access:elevated:others'])
      expect([group, await statusAs(stolen, read, { 'impersonate-user': AGENT_USER, 'impersonate-group': group })]).toEqual([group, 403])
    expect(await statusAs(stolen, read, { 'impersonate-user': AGENT_USER, 'impersonate-uid': '1' })).toBe(403)
    expect(await statusAs(stolen, read, { 'impersonate-user': AGENT_USER, 'impersonate-extra-scopes': 'x' })).toBe(403)
  })

  it.each([
    ['no group', []],
    ['only the group with permissions', [GROUPS.elevated]],
    ['both groups of a policy', [GROUPS.baseline, GROUPS.elevated]],
    ['all groups', Object.values(GROUPS)],
  ])('K03 X98 the gateway’s forwarding token can do nothing without a grant, with %s and under any name', async (_, groups) => {
    const stolen = await tokenOf('jit-impersonator')
    const write: Way = {
      what: 'writes a ConfigMap',
      call: {
        method: 'POST',
        path: harness.in('configmaps'),
        query: { dryRun: 'All' },
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } },
      },
    }
    const open: string[] = []
    for (const name of [undefined, 'oidc:agent', 'alice', 'system:kube-controller-manager'])
      for (const { what, call } of [write, ...WAYS(harness.namespace).filter((way) => way.call.method !== 'GET')]) {
        const headers = {
          'impersonate-user': AGENT_USER,
          ...(groups.length === 0 ? {} : { 'impersonate-group': [...groups] }),
          ...(name === undefined ? {} : { 'impersonate-extra-jit.access%2Fuser': name }),
        }
        const status = await statusAs(stolen, call, { ...call.headers, ...headers })
        if (!isRefusal(status)) open.push(`${what} as ${name ?? 'nobody'}: ${status}`)
      }
    expect(open).toEqual([])
    // What remains, as SECURITY.md says: the reads that RBAC binds to the groups.
    expect(await statusAs(stolen, { method: 'GET', path: SECRETS }, { 'impersonate-user': AGENT_USER })).toBe(403)
  })

  it('K03 X99 each of our servers can do only its task, even if RBAC gives it cluster-admin by mistake', async () => {
    // cluster-admin by mistake for all of jit-system: RBAC no longer refuses, so jit-access-parts does.
    const name = `by-mistake-${harness.namespace}`
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' }
    const subjects = ours.map((account) => ({ kind: 'ServiceAccount', name: account, namespace: 'jit-system' }))
    const path = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
    await harness.admin.json({
      method: 'POST',
      path,
      body: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name }, roleRef, subjects },
    })
    try {
      // RBAC applies a moment later, and until then it would refuse what only admission should refuse.
      const secrets = { method: 'GET', path: SECRETS } as const
      for (const account of ours)
        await until(`RBAC allows ${account} everything`, async () => (await statusAs(await tokenOf(account), secrets)) === 200)
      const open: string[] = []
      for (const account of ours)
        for (const { what, call, admitted } of WAYS(harness.namespace)) {
          // Admission does not see reads, and kube-apiserver calls no webhook about its own policies.
          if (call.method === 'GET' || admitted === false) continue
          const status = await statusAs(await tokenOf(account), call)
          if (!isRefusal(status)) open.push(`${account} ${what}: ${status}`)
        }
      expect(open).toEqual([])
    } finally {
      await harness.admin.json({ method: 'DELETE', path: `${path}/${name}` })
    }
  })

  it('K03 X94 none of our servers can change more of an object than its task needs: webhook, names, certificates, label', async () => {
    const refused = async (account: string, call: KubeCall): Promise<void> =>
      expect([account, call.path, JSON.stringify(call.body).slice(-80), await statusAs(await tokenOf(account), call)]).toEqual([
        account,
        call.path,
        JSON.stringify(call.body).slice(-80),
        403,
      ])
    const A = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/jit-access'
    type Webhook = {
      readonly name: string
      readonly clientConfig: object
      readonly matchConditions: readonly { readonly name: string; readonly expression: string }[]
    }
    const configuration = await harness.admin.json<{ readonly metadata: object; readonly webhooks: readonly [Webhook] }>({ method: 'GET', path: A })
    const [webhook] = configuration.webhooks
    const put = (webhooks: readonly object[], metadata: object = {}): KubeCall => ({
      method: 'PUT',
      path: A,
      query: { dryRun: 'All' },
      body: { ...configuration, metadata: { ...configuration.metadata, ...metadata }, webhooks },
    })
    const asking = (expression: string): object => ({ ...webhook, matchConditions: [{ name: 'governed', expression }] })
    for (const expression of [AGENTS_CEL, `${AGENTS_CEL} || (request.userInfo.username in ['oidc:a'])`])
      expect(await statusAs(await tokenOf('jit-controller'), put([asking(expression)]))).toBe(200)
    for (const changed of [
      [{ ...webhook, clientConfig: { url: 'https://203.0.113.7/steal' } }],
      [{ ...webhook, failurePolicy: 'Ignore' }],
      [{ ...webhook, rules: [] }],
      [{ ...webhook, namespaceSelector: { matchLabels: { a: 'b' } } }],
      [{ ...webhook, timeoutSeconds: 1 }],
      [{ ...webhook, matchConditions: [] }],
      [{ ...webhook, matchConditions: [...webhook.matchConditions, { name: 'never', expression: 'false' }] }],
      [asking('false')],
      [asking(`(${AGENTS_CEL}) && false`)],
      [asking(`${AGENTS_CEL} || (true) ? false : (true)`)],
      [webhook, { ...webhook, name: 'more.jit.access' }],
      [],
    ])
      await refused('jit-controller', put(changed))
    await refused('jit-controller', put([webhook], { labels: { a: 'b' } }))
    await refused('jit-controller', put([webhook], { ownerReferences: [{ apiVersion: 'v1', kind: 'Namespace', name: 'shop', uid: 'x' }] }))
    // The webhook itself answers, and writes nothing.
    await refused('jit-webhook', put([asking(AGENTS_CEL)]))
    const leases = '/apis/coordination.k8s.io/v1/namespaces/jit-system/leases'
    // The leader renews it every two seconds, and a conflict is found before admission looks.
    const holding = async (account: string, metadata: object): Promise<number> => {
      const path = `${leases}/jit-access-controller`
      for (let attempt = 0; ; attempt++) {
        const lease = await harness.admin.json<{ readonly metadata: object }>({ method: 'GET', path })
        const body = { ...lease, metadata: { ...lease.metadata, ...metadata } }
        const status = await statusAs(await tokenOf(account), { method: 'PUT', path, query: { dryRun: 'All' }, body })
        if (status !== 409 || attempt === 5) return status
      }
    }
    expect(await holding('jit-controller', {})).toBe(200)
    for (const metadata of [{ labels: { a: 'b' } }, { finalizers: ['jit.access/x'] }]) expect(await holding('jit-controller', metadata)).toBe(403)
    for (const account of ['jit-webhook', 'jit-gateway']) expect(await holding(account, {})).toBe(403)
    await refused('jit-controller', { method: 'POST', path: leases, query: { dryRun: 'All' }, body: { metadata: { name: 'other' } } })
    const names = { method: 'PUT', path: '/api/v1/namespaces/jit-system/configmaps/jit-access-governed', query: { dryRun: 'All' } } as const
    const held = await harness.admin.json<object>({ method: 'GET', path: names.path })
    expect(await statusAs(await tokenOf('jit-controller'), { ...names, body: { ...held, data: { users: 'a', groups: 'b' } } })).toBe(200)
    await refused('jit-controller', { ...names, body: { ...held, data: { more: 'x' } } })
    await refused('jit-controller', { ...names, body: { ...held, data: { users: 'x'.repeat(65_537) } } })
    await refused('jit-webhook', { ...names, body: held })
    const pod = {
      method: 'PATCH',
      path: `/api/v1/namespaces/jit-system/pods/${STANDBY_POD}`,
      query: { dryRun: 'All' },
      contentType: 'application/merge-patch+json',
    } as const
    for (const value of ['apiserver', 'gateway', null])
      await refused('jit-apiserver-standby', { ...pod, body: { metadata: { labels: { 'jit.access/serves': value } } } })
    await refused('jit-apiserver-standby', { ...pod, body: { metadata: { annotations: { a: 'b' } } } })
    const container = { name: (POD.spec.containers[0] as { readonly name: string }).name, image: 'evil:1' }
    await refused('jit-apiserver-standby', {
      ...pod,
      contentType: 'application/strategic-merge-patch+json',
      body: { spec: { containers: [container] } },
    })
    const token = { method: 'POST', path: '/api/v1/namespaces/jit-system/serviceaccounts/jit-impersonator/token', query: { dryRun: 'All' } } as const
    const lasting = (expirationSeconds: number): KubeCall => ({ ...token, body: { spec: { expirationSeconds } } })
    expect(await statusAs(await tokenOf('jit-gateway'), lasting(3600))).toBe(201)
    await refused('jit-gateway', lasting(86_400))
  })
})
