import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { ruleFor } from '../../../domain/grant/access-request-command.ts'
import { StatusError, type FailureStatus } from '../../../domain/status-error.ts'
import type { Held } from '../../../gateway/ports.ts'
import { createConditionEvaluator } from '../../../server/conditions/cel.ts'
import { judgeReview } from '../../../webhook/review/judge-review.ts'
import { readReview } from '../../../webhook/review/read-review.ts'
import { liveGrant, policy, NONE_SUSPENDED } from '../../domain/builders.ts'
import type { ApiServer } from '../../../kube/api-servers.ts'
import { apiServers, FOREIGN } from '../../fakes/api-servers.ts'
import { holdThat } from '../../fakes/hold.ts'
import { createFixture, valuesOf, type Answered, type Fixture } from '../gateway-fixture.ts'

const DEPLOYMENTS = '/apis/apps/v1/namespaces/shop/deployments'
const container = { name: 'a', image: 'example.com/a:1' }
const withPod = (pod: object): object => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { template: { spec: pod } } })
const PODS: readonly object[] = [
  { containers: [container] },
  { containers: [{ ...container, image: 'example.com/a:2' }] },
  { containers: [container], volumes: [{ name: 's', secret: { secretName: 'db' } }] },
  { containers: [container], volumes: [{ name: 's', secret: { secretName: 'db', items: [{ key: 'user', path: 'u' }] } }] },
  { containers: [container], serviceAccountName: 'admin', hostNetwork: true },
  { containers: [{ ...container, securityContext: { privileged: true } }] },
  { containers: [container], securityContext: { runAsNonRoot: true } },
]
const [PLAIN = {}, , SECRET = {}, , ADMIN = {}] = PODS.map(withPod)
const TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/apply-patch+cbor',
  'application/vnd.kubernetes.protobuf',
] as const

const FOREIGN_WRITES = ['POST', 'PUT', 'PATCH'].flatMap((method) => ['metrics.example.com', 'unheard.example.com'].map((group) => [method, group]))

let fixture: Fixture
const held: Held[] = []
/** The live object, the result of the write, and overrides for the responses of kube-apiserver. */
const cluster = {
  live: undefined as object | undefined,
  made: {} as object,
  dryRun: undefined as { readonly status: number; readonly body: object } | undefined,
  read: undefined as ((groups: readonly string[]) => number) | undefined,
}
const ordinary = [{ verbs: ['create', 'update', 'patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'] }]

beforeAll(async () => {
  fixture = await createFixture(() => ({
    servers: apiServers({ 'metrics.example.com/v1': FOREIGN[0] as ApiServer, 'unheard.example.com/v1': FOREIGN[1] as ApiServer }),
    hold: holdThat((each) => {
      held.push(each)
      return Promise.reject(new StatusError('Forbidden', 'held'))
    }),
  }))
})
beforeEach(() => {
  held.length = 0
  fixture.seen.length = 0
  fixture.grants.splice(0, Infinity, liveGrant({ rules: ordinary }))
  Object.assign(cluster, { live: PLAIN, made: PLAIN, dryRun: undefined, read: undefined })
  fixture.state.reply = (request, response, seen) => {
    const dry = request.url?.includes('dryRun=All') === true
    const answer = (status: number, body: object): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.method === 'GET') {
      const status = cluster.live === undefined ? 404 : (cluster.read?.(valuesOf(seen, 'impersonate-group')) ?? 200)
      return answer(status, status === 200 ? (cluster.live ?? {}) : { kind: 'Status', message: 'no' })
    }
    if (dry && cluster.dryRun !== undefined) return answer(cluster.dryRun.status, cluster.dryRun.body)
    answer(200, cluster.made)
  }
})
afterAll(() => fixture.stop())

const write = (method: string, body = '{}', type = 'application/json', query = ''): Promise<Answered> =>
  fixture.send(`${method} ${DEPLOYMENTS}${method === 'POST' ? '' : '/web'}${query}`, [`Content-Type: ${type}`], body)
const patch = (body = '{}', type = 'application/merge-patch+json'): Promise<Answered> => write('PATCH', body, type)
const written = (): readonly string[] =>
  fixture.seen.map(({ line }) => line).filter((line) => !line.startsWith('GET') && !line.includes('dryRun=All'))
const statusOf = (answered: Answered): FailureStatus =>
  JSON.parse(answered.body.slice(answered.body.indexOf('{'), answered.body.lastIndexOf('}') + 1)) as FailureStatus
const gainsHeld = (): readonly string[] | undefined => held[0]?.asked.classified.gains

/** Whether the webhook allows the write that the gateway sends. */
function webhookAllows(operation: 'CREATE' | 'UPDATE', grants: readonly AccessGrant[]): boolean {
  const gvr = { group: 'apps', version: 'v1', resource: 'deployments' }
  const request = {
    uid: '22222222-2222-4222-8222-222222222222',
    operation,
    requestResource: gvr,
    namespace: 'shop',
    name: 'web',
    userInfo: {
      username: 'oidc:agent',
      groups: ['jit.access:agents'],
      extra: { 'jit.access/groups': ['oidc:agents'], ...(grants[0] === undefined ? {} : { 'jit.access/grant': [grants[0].metadata.name] }) },
    },
    object: cluster.made,
    ...(operation === 'UPDATE' ? { oldObject: cluster.live } : {}),
  }
  const review = readReview(Buffer.from(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request })))
  const identity = { ...review.identity, groups: ['jit.access:agents', 'oidc:agents'] }
  const deps = { evaluate: createConditionEvaluator(), nowMs: Date.now() }
  return judgeReview({ review, identity, view: { policies: fixture.policies, grants, suspensions: NONE_SUSPENDED }, deps }).kind === 'allowed'
}

describe('a write of a workload', () => {
  it.each(TYPES)('is allowed by an ordinary grant without gains, and held with gains: %s', async (type) => {
    expect((await patch('{}', type)).status).toBe(200)
    expect(written()).toEqual([`PATCH ${DEPLOYMENTS}/web`])
    cluster.made = SECRET
    expect((await patch('{}', type)).status).toBe(403)
    expect(written()).toHaveLength(1)
    expect(gainsHeld()).toEqual(['Secret=db'])
    expect(ruleFor(held[0]?.asked.classified ?? ({} as never)).gains).toEqual(['Secret=db'])
  })
  it('is tried once, as the agent and as it will be sent', async () => {
    await write('PATCH', '{"a":1}', 'application/merge-patch+json', '?fieldManager=x')
    const [tried, ...more] = fixture.seen.filter(({ line }) => line.includes('dryRun=All'))
    expect(more).toEqual([])
    expect(tried?.line).toBe(`PATCH ${DEPLOYMENTS}/web?fieldManager=x&dryRun=All`)
    expect(tried?.body.toString()).toBe('{"a":1}')
    expect(valuesOf(tried ?? ({} as never), 'impersonate-extra-jit.access%2fhold')).toEqual(['preview'])
    expect(valuesOf(tried ?? ({} as never), 'impersonate-group')).toContain('jit.access:elevated:agents')
  })
  it('of a subresource is compared with its parent object', async () => {
    await fixture.send('PATCH /api/v1/namespaces/shop/pods/p/ephemeralcontainers', ['Content-Type: application/merge-patch+json'], '{}')
    expect(fixture.seen.map(({ line }) => line).sort()).toEqual([
      'GET /api/v1/namespaces/shop/pods/p',
      'PATCH /api/v1/namespaces/shop/pods/p/ephemeralcontainers?dryRun=All',
    ])
  })
  it('has its gains in its record', async () => {
    cluster.made = ADMIN
    await patch()
    expect(fixture.events.at(-1)).toMatchObject({
      event: 'request.refused',
      gains: ['HostNamespace=network', 'ServiceAccount=admin'],
      effect: 'RequireApproval',
    })
  })
  it('that kube-apiserver would refuse gets that response and is not sent', async () => {
    cluster.dryRun = { status: 422, body: { kind: 'Status', status: 'Failure', reason: 'Invalid', message: 'spec is odd', code: 422 } }
    const answered = await patch()
    expect(answered.status).toBe(422)
    expect(statusOf(answered).message).toBe('spec is odd')
    expect(written()).toEqual([])
  })
  it('that cannot be tried counts as having gains', async () => {
    const message = 'admission webhook "x" does not support dry run'
    cluster.dryRun = { status: 400, body: { kind: 'Status', status: 'Failure', reason: 'BadRequest', message, code: 400 } }
    expect((await patch()).status).toBe(403)
    expect(gainsHeld()).toEqual(['Unreadable'])
  })
  it('fails with 503 when the live object cannot be read', async () => {
    cluster.read = () => 500
    expect((await patch()).status).toBe(503)
    expect(written()).toEqual([])
  })
  it('of an object that the agent may not read is compared without disclosing names', async () => {
    cluster.made = cluster.live = SECRET
    cluster.read = (groups) => (groups.includes('jit.access:elevated:agents') ? 200 : 403)
    expect((await patch()).status).toBe(200)
    cluster.live = PLAIN
    await patch()
    expect(gainsHeld()).toEqual(['Secret'])
    held.length = 0
    cluster.live = SECRET
    cluster.read = () => 403
    await patch()
    expect(gainsHeld()).toEqual(['Secret'])
  })
  it('that no grant covers is refused with the grant to request, or held when it has gains', async () => {
    fixture.grants.length = 0
    const answered = await patch()
    expect(statusOf(answered).details?.causes?.map(({ reason }) => reason)).toContain('GrantRequired')
    cluster.dryRun = { status: 422, body: { kind: 'Status', status: 'Failure', reason: 'Invalid', message: 'spec is odd', code: 422 } }
    expect((await patch()).body).not.toContain('spec is odd')
    cluster.dryRun = undefined
    expect(held).toEqual([])
    cluster.made = SECRET
    await patch()
    expect(gainsHeld()).toEqual(['Secret=db'])
    expect(written()).toEqual([])
  })
  it('of a custom resource is tried without a grant, since kube-apiserver honors its dry run', async () => {
    fixture.grants.length = 0
    cluster.made = SECRET
    await fixture.send('PATCH /apis/custom.example.com/v1/namespaces/shop/widgets/web', ['Content-Type: application/merge-patch+json'], '{}')
    expect(gainsHeld()).toEqual(['Secret=db'])
  })
  it.each(FOREIGN_WRITES)('of a group that another server may serve is not tried without a grant: %s %s', async (method, group) => {
    fixture.grants.length = 0
    cluster.made = SECRET
    const path = `/apis/${group}/v1/namespaces/shop/widgets`
    const answer = await fixture.send(`${method} ${path}${method === 'POST' ? '' : '/web'}`, ['Content-Type: application/json'], '{}')
    expect(answer.status).toBe(403)
    expect(fixture.seen).toEqual([])
  })
  it('that the policies deny is not tried', async () => {
    fixture.policies.splice(0, 1, policy('agents', { rules: [{ name: 'no', match: { resources: ['deployments'] }, effect: 'Deny' }] }))
    expect((await patch()).status).toBe(403)
    expect(fixture.seen).toEqual([])
    fixture.policies.splice(0, 1, policy('agents'))
  })
  it('of another resource is forwarded without a dry run', async () => {
    fixture.grants.splice(
      0,
      1,
      liveGrant({ rules: [{ verbs: ['patch'], resources: ['configmaps', 'services'], namespaces: ['shop'] }, ...ordinary] }),
    )
    await fixture.send('PATCH /api/v1/namespaces/shop/configmaps/c', ['Content-Type: application/merge-patch+json'], '{}')
    expect(fixture.seen).toHaveLength(1)
  })
})

it('the gateway and the webhook classify the same write equally', async () => {
  const pod = fc.constantFrom(...PODS.map(withPod))
  const grant = fc.constantFrom(
    [],
    [liveGrant({ rules: ordinary })],
    [liveGrant({ rules: [{ ...ordinary[0], gains: ['Secret'] } as never] })],
    [liveGrant({ rules: [{ ...ordinary[0], gains: ['Secret=db', 'RunAsRoot', 'ServiceAccount', 'HostNamespace=network'] } as never] })],
  )
  const rules = fc.constantFrom(
    [],
    [{ name: 'gains', match: { gains: ['Secret', 'ServiceAccount', 'HostNamespace', 'RunAsRoot'] }, effect: 'RequireGrant' } as const],
    [{ name: 'all', match: { resources: ['deployments'] }, effect: 'Allow' } as const],
    [{ name: 'no-root', match: { gains: ['RunAsRoot', 'Privileged'] }, effect: 'Deny' } as const],
  )
  await fc.assert(
    fc.asyncProperty(fc.option(pod, { nil: undefined }), pod, grant, rules, async (live, made, grants, of) => {
      Object.assign(cluster, { live, made })
      fixture.grants.splice(0, Infinity, ...grants)
      fixture.policies.splice(0, 1, policy('agents', { rules: of }))
      fixture.seen.length = 0
      const answered = await (live === undefined ? write('POST') : patch())
      const passes = written().length === 1
      expect(passes).toBe(answered.status === 200)
      expect(passes).toBe(webhookAllows(live === undefined ? 'CREATE' : 'UPDATE', grants))
    }),
    { numRuns: 60 },
  )
  fixture.policies.splice(0, 1, policy('agents'))
})
