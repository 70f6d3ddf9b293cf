import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Effect, PolicyRule } from '../../../domain/api/access-policy.ts'
import { StatusError, type FailureStatus } from '../../../domain/status-error.ts'
import type { Held, HoldOutcome } from '../../../gateway/ports.ts'
import { createConditionEvaluator } from '../../../server/conditions/cel.ts'
import { judgeReview } from '../../../webhook/review/judge-review.ts'
import { readReview } from '../../../webhook/review/read-review.ts'
import { liveGrant, policy, NONE_SUSPENDED } from '../../domain/builders.ts'
import { apiServers } from '../../fakes/api-servers.ts'
import { APPROVED, holdThat } from '../../fakes/hold.ts'
import { createFixture, valuesOf, type Answered, type Fixture } from '../gateway-fixture.ts'

const MAPS = '/api/v1/namespaces/shop/configmaps'
const GAMES = '/apis/games.example.com/v1/namespaces/shop/games'
const FOREIGN_GAMES = '/apis/games.example.com/v2/namespaces/shop/games'
const SCALE = '/apis/apps/v1/namespaces/shop/deployments/web/scale'
const TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/vnd.kubernetes.protobuf',
] as const
const few = (effect: Effect, more: PolicyRule['match'] = {}): PolicyRule => ({
  name: 'few',
  effect,
  match: { verbs: ['create', 'update', 'patch'], condition: 'object.spec.replicas <= 3', ...more },
})
const of = (replicas: number): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web' }, spec: { replicas } })
const ALL = [{ verbs: ['create', 'update', 'patch', 'delete'], apiGroups: ['', 'apps', 'games.example.com'], namespaces: ['shop'] }]
const granted = () => liveGrant({ rules: ALL.map((rule) => ({ ...rule, resources: ['configmaps', 'games', 'deployments/scale'] })) })

let fixture: Fixture
const held: Held[] = []
type Cluster = {
  live: object | undefined
  made: object
  dryRun: { readonly status: number; readonly body: object } | undefined
  read: number
  /** Ends a hold. Undefined: it is refused. */
  approve: (() => Promise<HoldOutcome>) | undefined
}
const cluster: Cluster = { live: of(1), made: of(1), dryRun: undefined, read: 200, approve: undefined }

beforeAll(async () => {
  fixture = await createFixture(() => ({
    servers: apiServers({ 'games.example.com/v2': { kind: 'service', service: 'games/server' } }),
    hold: holdThat((each) => {
      held.push(each)
      return cluster.approve?.() ?? Promise.reject(new StatusError('Forbidden', 'held'))
    }),
  }))
})
beforeEach(() => {
  held.length = 0
  fixture.seen.length = 0
  fixture.grants.length = 0
  Object.assign(cluster, { live: of(1), made: of(1), dryRun: undefined, read: 200, approve: undefined })
  fixture.state.reply = (request, response) => {
    const answer = (status: number, body: object): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.method === 'GET')
      return answer(cluster.live === undefined ? 404 : cluster.read, cluster.live ?? { kind: 'Status', message: 'not found' })
    if (request.url?.includes('dryRun=All') === true && cluster.dryRun !== undefined) return answer(cluster.dryRun.status, cluster.dryRun.body)
    answer(200, cluster.made)
  }
})
afterAll(() => fixture.stop())

const govern = (...rules: readonly PolicyRule[]): void => void fixture.policies.splice(0, Infinity, policy('agents', { rules }))
const send = (line: string, type = 'application/merge-patch+json', body = '{}'): Promise<Answered> =>
  fixture.send(line, [`Content-Type: ${type}`], body)
const patch = (type?: string): Promise<Answered> => send(`PATCH ${MAPS}/web`, type)
const tried = () => fixture.seen.filter(({ line }) => line.includes('dryRun=All'))
const written = (): readonly string[] =>
  fixture.seen.map(({ line }) => line).filter((line) => !line.startsWith('GET') && !line.includes('dryRun=All'))
const statusOf = ({ body }: Answered): FailureStatus => JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)) as FailureStatus
const causes = (answer: Answered): readonly string[] => (statusOf(answer).details?.causes ?? []).map(({ reason }) => reason)

describe('a condition on the object', () => {
  it.each(TYPES)('sees the object that the write would store: %s', async (type) => {
    govern(few('Allow'))
    expect((await patch(type)).status).toBe(200)
    expect((await send(`POST ${MAPS}`, type)).status).toBe(200)
    cluster.made = of(9)
    const answer = await patch(type)
    expect([answer.status, causes(answer)]).toEqual([403, expect.arrayContaining(['GrantRequired'])])
    expect(written()).toEqual([`PATCH ${MAPS}/web`, `POST ${MAPS}`])
    govern({ ...few('Deny'), match: { condition: 'object != null && object.spec.replicas > 3' } })
    fixture.grants.push(granted())
    const denied = await patch(type)
    expect([denied.status, statusOf(denied).message]).toEqual([403, expect.stringMatching('denied by policy "agents", rule "few"')])
    expect(written()).toHaveLength(2)
  })
  it('is evaluated with the groups of the write: the elevated group only with a grant', async () => {
    govern(few('Allow'))
    await patch()
    expect(valuesOf(tried()[0] ?? ({} as never), 'impersonate-group')).not.toContain('jit.access:elevated:agents')
    fixture.grants.push(granted())
    await patch()
    expect(valuesOf(tried()[1] ?? ({} as never), 'impersonate-group')).toContain('jit.access:elevated:agents')
  })
  it('sees a Scale', async () => {
    govern(few('Allow', { resources: ['deployments'], apiGroups: ['apps'], subresources: ['', 'scale'] }))
    expect((await send(`PATCH ${SCALE}`)).status).toBe(200)
    cluster.made = of(4)
    expect((await send(`PATCH ${SCALE}`)).status).toBe(403)
  })
  it('on a missing field is an error that says so, not a denial', async () => {
    govern(few('Allow', { condition: 'object.spec.missing == 1' }))
    const answer = await patch()
    expect([answer.status, statusOf(answer).reason]).toEqual([503, 'ServiceUnavailable'])
    expect(statusOf(answer).message).toMatch('has()')
    expect(written()).toEqual([])
  })
  it('holds the writes that need approval', async () => {
    govern(few('RequireApproval', { condition: 'object.spec.replicas > 3' }), { name: 'rest', effect: 'Allow', match: { resources: ['configmaps'] } })
    expect((await patch()).status).toBe(200)
    cluster.made = of(9)
    cluster.live = { ...of(1), metadata: { name: 'web', uid: 'u1', resourceVersion: '1' } }
    cluster.approve = () => Promise.resolve(APPROVED)
    const spent = await patch()
    expect(held).toHaveLength(1)
    expect([spent.status, causes(spent)]).toEqual([403, ['ApprovalSpent']])
    cluster.approve = () => ((cluster.made = of(2)), Promise.resolve(APPROVED))
    expect((await patch()).status).toBe(200)
    expect(held).toHaveLength(2)
  })
  it('sees the object that a delete removes, with one read', async () => {
    govern({ name: 'kept', effect: 'Deny', match: { condition: 'oldObject != null && oldObject.spec.replicas > 3' } })
    fixture.grants.push(granted())
    expect((await send(`DELETE ${MAPS}/web`)).status).toBe(200)
    cluster.live = of(9)
    fixture.seen.length = 0
    expect((await send(`DELETE ${MAPS}/web`)).status).toBe(403)
    expect(fixture.seen.map(({ line }) => line)).toEqual([`GET ${MAPS}/web`])
  })
})

describe('does not try a write', () => {
  it.each<Effect>(['Deny', 'RequireGrant'])('that needs a grant whatever its object is: %s', async (effect) => {
    govern(few(effect, { condition: 'object.spec.replicas > 3' }))
    const answer = await patch()
    expect([answer.status, causes(answer)]).toEqual([403, expect.arrayContaining(['GrantRequired'])])
    expect(fixture.seen).toEqual([])
  })
  it('that is denied whatever its object is', async () => {
    govern(few('Allow', { condition: 'request.namespace == "bank" && object.spec.replicas > 3' }), { name: 'no', effect: 'Deny' })
    fixture.grants.push(granted())
    expect(statusOf(await patch()).message).toMatch('rule "no"')
    expect(fixture.seen).toEqual([])
  })
  it('of a group that may ignore dryRun; with a grant its patch is held uninspected', async () => {
    govern(few('Allow'))
    const answer = await send(`PATCH ${FOREIGN_GAMES}/web`)
    expect([answer.status, statusOf(answer).message]).toEqual([403, expect.stringMatching(/rule "few".*games\.example\.com/)])
    expect(fixture.seen).toEqual([])
    govern({ name: 'old', effect: 'Allow', match: { condition: 'oldObject.spec.replicas == 1' } })
    expect((await send(`DELETE ${FOREIGN_GAMES}/web`)).status).toBe(200)
    govern(few('Allow'))
    fixture.seen.length = 0
    fixture.grants.push(granted())
    expect((await send(`PATCH ${FOREIGN_GAMES}/web`)).status).toBe(403)
    expect([fixture.seen, held.length]).toEqual([[], 1])
    expect((await send(`PATCH ${GAMES}/web`)).status).toBe(200)
  })
  it.each([
    ['POST /api/v1/namespaces/shop/pods/p/eviction', 'application/vnd.kubernetes.protobuf', 'no dry run'],
    [`DELETE ${MAPS}`, 'application/json', 'one by one'],
  ])('that cannot be tried; %s is an error with the reason', async (line, type, why) => {
    govern({
      name: 'no',
      effect: 'Deny',
      match: { subresources: ['', 'eviction'], condition: 'object.spec.replicas > 3 || oldObject.spec.replicas > 3' },
    })
    const answer = await send(line, type)
    expect([answer.status, statusOf(answer).message]).toEqual([503, expect.stringMatching(why)])
    expect(fixture.seen).toEqual([])
  })
})

const status = (code: number, message: string, more: object = {}) => ({
  status: code,
  body: { kind: 'Status', status: 'Failure', message, code, ...more },
})

describe('when kube-apiserver refuses the dry run', () => {
  it('an Allow rule does not match, and a Deny rule is an error', async () => {
    cluster.dryRun = status(400, 'admission webhook "x" does not support dry run')
    govern(few('Allow'))
    expect(causes(await patch())).toContain('GrantRequired')
    govern(few('Deny'))
    fixture.grants.push(granted())
    const answer = await patch()
    expect([answer.status, statusOf(answer).message]).toEqual([503, expect.stringMatching('does not support dry runs')])
    expect(written()).toEqual([])
  })
  it('callers that may write or read the object see the reason, and others a refusal', async () => {
    cluster.dryRun = status(422, 'spec is odd', { reason: 'Invalid' })
    govern(few('Allow'))
    expect(statusOf(await patch())).toMatchObject({ code: 422, message: 'spec is odd' })
    cluster.read = 403
    expect(causes(await patch())).toContain('GrantRequired')
    fixture.grants.push(granted())
    expect((await patch()).status).toBe(422)
    expect(written()).toEqual([])
  })
  it('an old object that the agent may not read does not count as null', async () => {
    govern({ name: 'new', effect: 'Allow', match: { condition: 'oldObject == null' } })
    cluster.read = 403
    expect(causes(await patch())).toContain('GrantRequired')
    cluster.live = undefined
    expect((await patch()).status).toBe(200)
  })
  it('a denial of the webhook is the denial of the same rule', async () => {
    const told = { AccessPolicy: 'agents', AccessPolicyRule: 'few', AccessPolicyEffect: 'Deny' }
    const details = { causes: Object.entries(told).map(([reason, message]) => ({ reason, message })) }
    cluster.dryRun = status(403, 'admission webhook "w" denied the request: no', { reason: 'Forbidden', details })
    govern(few('Deny'))
    fixture.grants.push(granted())
    expect(statusOf(await patch()).message).toMatch(/^"oidc:agent" cannot patch .* denied by policy "agents", rule "few"/)
  })
  it('an error when reading the object gives 503', async () => {
    govern(few('Allow'))
    cluster.read = 500
    expect((await patch()).status).toBe(503)
    expect(written()).toEqual([])
  })
})

/** Whether the webhook allows the write that the gateway sends. */
function webhookAllows(operation: 'CREATE' | 'UPDATE'): boolean {
  const [grant] = fixture.grants
  const request = {
    uid: '22222222-2222-4222-8222-222222222222',
    operation,
    requestResource: { group: '', version: 'v1', resource: 'configmaps' },
    namespace: 'shop',
    name: 'web',
    userInfo: {
      username: 'oidc:agent',
      groups: ['jit.access:agents'],
      extra: { 'jit.access/groups': ['oidc:agents'], ...(grant === undefined ? {} : { 'jit.access/grant': [grant.metadata.name] }) },
    },
    object: cluster.made,
    ...(operation === 'UPDATE' ? { oldObject: cluster.live } : {}),
  }
  const review = readReview(Buffer.from(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request })))
  const identity = { ...review.identity, groups: ['jit.access:agents', 'oidc:agents'] }
  const deps = { evaluate: createConditionEvaluator(), nowMs: Date.now() }
  return (
    judgeReview({ review, identity, view: { policies: fixture.policies, grants: fixture.grants, suspensions: NONE_SUSPENDED }, deps }).kind ===
    'allowed'
  )
}

it('the gateway and the webhook decide equally about the same object', () => {
  const replicas = fc.integer({ min: 1, max: 6 })
  const conditions = ['object.spec.replicas <= 3', 'object.spec.replicas > 3', 'oldObject == null || object.spec.replicas <= oldObject.spec.replicas']
  const rule = fc
    .tuple(fc.constantFrom<Effect>('Allow', 'RequireGrant', 'Deny'), fc.constantFrom(...conditions))
    .map(([effect, condition]) => ({ effect, match: { condition, verbs: ['create', 'patch', 'update'] } }))
  return fc.assert(
    fc.asyncProperty(
      fc.option(replicas, { nil: undefined }),
      replicas,
      fc.boolean(),
      fc.array(rule, { maxLength: 3 }),
      async (live, made, covered, rules) => {
        Object.assign(cluster, { live: live === undefined ? undefined : of(live), made: of(made) })
        fixture.grants.splice(0, Infinity, ...(covered ? [granted()] : []))
        govern(...rules.map((each, index) => ({ ...each, name: `r${index}` })))
        fixture.seen.length = 0
        const answered = live === undefined ? await send(`POST ${MAPS}`) : await patch()
        expect(answered.status).not.toBe(500)
        expect(written().length === 1).toBe(answered.status === 200)
        expect(answered.status === 200).toBe(webhookAllows(live === undefined ? 'CREATE' : 'UPDATE'))
      },
    ),
    { numRuns: 30 },
  )
})
