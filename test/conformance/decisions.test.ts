import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { elevatedGroup } from '../../domain/api/names.ts'
import { uniqueName } from '../cluster/environment.ts'
import { until } from '../until.ts'
import { as, BASE, connect, permitted, policy, type Answer, type Body, type Connected } from './api-calls.ts'

let call: Connected
const NAMESPACE = uniqueName('ns')
const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const GROUP = uniqueName('approvers')
const AGENT = uniqueName('agent')
const name = uniqueName('decided')

const can = (resources: readonly string[], verbs: readonly string[], names?: readonly string[]) => ({
  apiGroups: ['jit.access'],
  resources,
  verbs,
  ...(names === undefined ? {} : { resourceNames: names }),
})

beforeAll(async () => {
  call = await connect()
  await call('POST', '/api/v1/namespaces', { body: { metadata: { name: NAMESPACE } } })
  await call('POST', `${BASE}/accesspolicies`, {
    body: policy(name, { subjects: [{ kind: 'User', name: AGENT }], requests: { maxDurationSeconds: 600 } }),
  })
  await call('POST', `${BASE}/accesspolicies`, {
    body: policy(`${name}-two`, { subjects: [{ kind: 'User', name: `${AGENT}-two` }], approvals: { required: 2 } }),
  })
  const roles = [
    { who: AGENT, kind: 'User', rules: [can(['accessrequests', 'accessreviews', 'whoamis'], ['create'])] },
    { who: `${AGENT}-two`, kind: 'User', rules: [can(['accessrequests'], ['create'])] },
    ...[name, `${name}-two`].map((each) => ({
      who: elevatedGroup(each),
      kind: 'Group',
      namespace: undefined,
      rules: [{ apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['patch'] }],
    })),
    { who: GROUP, kind: 'Group', rules: [can(['accessrequests/approval', 'accessgrants/revocation'], ['get', 'update', 'patch'])] },
    { who: `${GROUP}-certify`, kind: 'Group', namespace: NAMESPACE, rules: [can(['accesspolicies'], ['certify'], [name, `${name}-two`])] },
  ]
  for (const { who, kind, rules, namespace } of roles) {
    await call('POST', `${RBAC}/clusterroles`, { body: { metadata: { name: who }, rules } })
    const binding = {
      metadata: { name: who },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: who },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind, name: who }],
    }
    const where = namespace === undefined ? 'clusterrolebindings' : `namespaces/${namespace}/rolebindings`
    await call('POST', `${RBAC}/${where}`, { body: binding })
  }
  for (const { who, kind, rules, namespace } of roles)
    for (const { apiGroups, resources, verbs, ...more } of rules) {
      const [resource = '', subresource = ''] = (resources[0] ?? '').split('/')
      const [named] = 'resourceNames' in more ? more.resourceNames : []
      const attributes = { group: apiGroups[0], resource, subresource, verb: verbs[0], ...(named === undefined ? {} : { name: named }), namespace }
      await permitted(call, kind === 'User' ? { user: who } : { groups: [who] }, attributes)
    }
})
afterAll(() => Promise.all([name, `${name}-two`].map((each) => call('DELETE', `${BASE}/accesspolicies/${each}`))))

const approver = (user = 'alice') => as(user, [GROUP, `${GROUP}-certify`])
const rule = { verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments/scale'], namespaces: [NAMESPACE], resourceNames: ['web'] }

async function ask(spec: object = {}, user = AGENT): Promise<Body> {
  // Each has a key of its own: without one, a request for the same access as a pending one is refused.
  const idempotencyKey = randomUUID()
  const body = {
    apiVersion: 'jit.access/v1',
    kind: 'AccessRequest',
    metadata: { generateName: 'r-' },
    spec: { rules: [rule], idempotencyKey, ...spec },
  }
  return (await call('POST', `${BASE}/accessrequests`, { body, headers: as(user) })).json()
}
async function decide(request: string, type: string, headers: ReturnType<typeof as>, more: object = {}): Promise<Answer> {
  const object = (await call('GET', `${BASE}/accessrequests/${request}`)).json()
  const conditions = [...((object.status['conditions'] as object[] | undefined) ?? []), { type, status: 'True', reason: 'Test', message: 'why' }]
  return call('PUT', `${BASE}/accessrequests/${request}/approval`, {
    body: { ...object, status: { ...object.status, ...more, conditions } },
    headers,
  })
}
const grantOf = async (request: string): Promise<Body> => (await call('GET', `${BASE}/accessgrants/${request}`)).json()
/** On a busy machine the stand-in may answer while jit-apiserver is not ready: 503 with Retry-After, which clients repeat. */
const claim = (grant: string, auditID: string, headers?: ReturnType<typeof as>): Promise<Answer> =>
  until('an answer of jit-apiserver', async () => {
    const answer = await call('POST', `${BASE}/accessgrants/${grant}/claim`, {
      body: { apiVersion: 'jit.access/v1', kind: 'GrantClaim', spec: { auditID } },
      ...(headers === undefined ? {} : { headers }),
    })
    return answer.code !== 503 || answer.headers['retry-after'] === undefined ? answer : undefined
  })

it('sets the requester, selects the policy and drops a status sent by the client', async () => {
  const body = { metadata: { generateName: 'r-' }, spec: { rules: [rule], requester: { username: 'fake' } }, status: { grantName: 'x' } }
  const { spec, status } = (await call('POST', `${BASE}/accessrequests`, { body, headers: as(AGENT) })).json()
  expect([(spec['requester'] as { username: string }).username, spec['policy'], status['grantName'], status['phase']]).toEqual([
    AGENT,
    name,
    undefined,
    'Pending',
  ])
})
it('refuses an operation that the gateway did not file, and a request beyond the policy', async () => {
  const operation = { method: 'DELETE', path: '/x', digest: 'a'.repeat(64) }
  expect((await ask({ operation })).reason).toBe('Invalid')
  const long = await ask({ durationSeconds: 3600 })
  expect(long.details?.causes?.[0]?.field).toBe('spec.durationSeconds')
})
it('is immutable after creation', async () => {
  const request = await ask()
  const body = { spec: { reason: 'other' } }
  const patched = await call('PATCH', `${BASE}/accessrequests/${request.metadata.name}`, {
    body,
    headers: { 'content-type': 'application/merge-patch+json' },
  })
  expect([patched.code, patched.json().message]).toEqual([422, expect.stringContaining('immutable')])
})
it('no user decides on their own request, without certify, or for a namespace without permission', async () => {
  const request = (await ask()).metadata.name
  expect((await decide(request, 'Approved', as(AGENT, [GROUP, `${GROUP}-certify`]))).code).toBe(403)
  expect((await decide(request, 'Approved', as('bob', [GROUP]))).json().message).toContain('cannot certify')
  const elsewhere = (await ask({ rules: [rule, { ...rule, namespaces: ['default'] }] })).metadata.name
  expect((await decide(elsewhere, 'Approved', approver())).json().message).toContain('in the namespace "default"')
})
const windows = (freezes: readonly object[]) =>
  call('PATCH', `${BASE}/accesspolicies/${name}`, {
    body: { spec: { approvals: { windows: freezes } } },
    headers: { 'content-type': 'application/merge-patch+json' },
  })

it('in a freeze, no request is created or approved, and it can be denied', async () => {
  const request = (await ask()).metadata.name
  expect((await windows([{ name: 'stop', effect: 'Freeze', timeZone: 'Nowhere/Land' }])).code).toBe(422)
  expect((await windows([{ name: 'stop', effect: 'Freeze', timeZone: 'Europe/Berlin' }])).code).toBe(200)
  const frozen = { reason: 'Frozen', message: 'stop', field: 'spec.approvals.windows' }
  const [asked, approved] = [await ask(), await decide(request, 'Approved', approver())]
  expect([asked.reason, asked.details?.causes]).toEqual(['Forbidden', expect.arrayContaining([frozen])])
  expect([approved.code, approved.json().details?.causes]).toEqual([403, expect.arrayContaining([frozen])])
  expect((await decide(request, 'Denied', approver())).code).toBe(200)
  expect((await windows([])).code).toBe(200)
  expect((await ask()).status['phase']).toBe('Pending')
})
it('an approval creates the grant, narrowed by the approver and owned by the request', async () => {
  const request = await ask({ durationSeconds: 60, maxUses: 5 })
  const wider = await decide(request.metadata.name, 'Approved', approver(), { narrowed: { maxUses: 6 } })
  expect(wider.code).toBe(422)
  const approved = await decide(request.metadata.name, 'Approved', approver(), { narrowed: { maxUses: 2, durationSeconds: 30 } })
  expect([approved.code, approved.json().status['phase']]).toEqual([200, 'Approved'])
  const grant = await grantOf(request.metadata.name)
  expect(grant.spec).toMatchObject({ requestName: request.metadata.name, policy: name, maxUses: 2, subject: { username: AGENT } })
  expect(grant.metadata['ownerReferences']).toMatchObject([{ uid: request.metadata['uid'] }])
  expect((await decide(request.metadata.name, 'Denied', approver('bob'))).code).toBe(409)
})
it('a quorum counts distinct users', async () => {
  const request = (await ask({}, `${AGENT}-two`)).metadata.name
  expect((await decide(request, 'Approved', approver('alice'))).json().status['phase']).toBe('Pending')
  expect((await decide(request, 'Approved', approver('ALICE'))).code).toBe(403)
  expect((await decide(request, 'Approved', approver('bob'))).json().status['phase']).toBe('Approved')
})
it('of a hundred concurrent claims on one use exactly one succeeds, and repeating it takes no use', async () => {
  const request = (await ask({ maxUses: 1 })).metadata.name
  await decide(request, 'Approved', approver())
  const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => claim(request, `id-${index}`)))
  expect(answers.filter(({ code }) => code === 201)).toHaveLength(1)
  expect(answers.filter(({ code }) => code === 409)).toHaveLength(99)
  const won = answers.findIndex(({ code }) => code === 201)
  expect((await claim(request, `id-${won}`)).code).toBe(201)
  expect((await grantOf(request)).status).toMatchObject({ uses: 1, phase: 'Exhausted' })
})
it('a hundred concurrent claims on a hundred uses all succeed', async () => {
  const request = (await ask({ maxUses: 100 })).metadata.name
  await decide(request, 'Approved', approver())
  const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => claim(request, `id-${index}`)))
  expect(answers.filter(({ code }) => code !== 201)).toEqual([])
  expect((await grantOf(request)).status).toMatchObject({ uses: 100, phase: 'Exhausted' })
})
it('a grant that has ended cannot be claimed, and the error says why', async () => {
  const short = (await ask({ durationSeconds: 1 })).metadata.name
  await decide(short, 'Approved', approver())
  const revoked = (await ask()).metadata.name
  await decide(revoked, 'Approved', approver())
  const path = `${BASE}/accessgrants/${revoked}/revocation`
  const body = { status: { conditions: [{ type: 'Revoked', status: 'True', reason: 'Test' }] } }
  const headers = { 'content-type': 'application/merge-patch+json' }
  expect((await call('PATCH', path, { body, headers: { ...headers, ...as('bob', [GROUP]) } })).code).toBe(403)
  expect((await call('PATCH', path, { body, headers: { ...headers, ...approver() } })).code).toBe(200)
  await until('the short one has expired', async () => (await grantOf(short)).status['phase'] === 'Expired')
  expect((await claim(short, 'a')).json().details?.causes?.[0]?.reason).toBe('Expired')
  expect((await claim(revoked, 'a')).json().details?.causes?.[0]?.reason).toBe('Revoked')
})
it('a claim needs permission, the right kind and an audit ID', async () => {
  const request = (await ask()).metadata.name
  await decide(request, 'Approved', approver())
  expect((await claim(request, 'a', approver())).code).toBe(403)
  expect((await claim(request, 'not an id')).code).toBe(422)
  expect((await call('POST', `${BASE}/accessgrants/${request}/claim`, { body: { kind: 'AccessGrant', spec: { auditID: 'a' } } })).code).toBe(400)
})
it('the grant is deleted with its request', async () => {
  const request = (await ask()).metadata.name
  await decide(request, 'Approved', approver())
  await call('DELETE', `${BASE}/accessrequests/${request}`)
  await until('the grant is gone', async () => (await call('GET', `${BASE}/accessgrants/${request}`)).code === 404)
})
it('WhoAmI and AccessReview describe the caller', async () => {
  const me = (await call('POST', `${BASE}/whoamis`, { body: {}, headers: as(AGENT) })).json()
  expect(me.status).toMatchObject({ user: { username: AGENT }, policies: [name] })
  const question = { spec: { verb: 'patch', group: 'apps', resource: 'deployments', subresource: 'scale', namespace: NAMESPACE, name: 'web' } }
  const review = (await call('POST', `${BASE}/accessreviews`, { body: question, headers: as(AGENT) })).json()
  expect(review.status).toMatchObject({ effect: 'RequireGrant', policy: name })
})
