import { beforeAll, expect, it } from 'vitest'
import { uniqueName } from '../cluster/environment.ts'
import { BASE, connect, permitted, policy, removePolicies, settled, type Answer, type Body, type Connected } from './api-calls.ts'

let call: Connected
beforeAll(async () => {
  call = await connect()
})
removePolicies(() => call)
const apply = (
  name: string,
  manager: string,
  change: { readonly spec?: object; readonly metadata?: object; readonly query?: string } = {},
): Promise<Answer> =>
  call('PATCH', `${BASE}/accesspolicies/${name}?fieldManager=${manager}&${change.query ?? ''}`, {
    body: policy(name, change.spec, change.metadata),
    headers: { 'content-type': 'application/apply-patch+yaml' },
  })
const managers = (object: Body): readonly (readonly string[])[] =>
  (object.metadata['managedFields'] as readonly { manager: string; operation: string }[]).map(({ manager, operation }) => [manager, operation])

it('[52, 53] an apply creates the object with one owner; repeating it changes nothing', async () => {
  const name = uniqueName('ssa')
  const made = await apply(name, 'a')
  expect([made.code, managers(made.json())]).toEqual([201, [['a', 'Apply']]])
  const { resourceVersion } = (await settled(call, name)).metadata
  const again = await apply(name, 'a')
  expect([again.code, again.json().metadata.resourceVersion]).toEqual([200, resourceVersion])
})
it('[54] a field of another manager conflicts; force takes it over', async () => {
  const name = uniqueName('ssa')
  await apply(name, 'a', { spec: { mode: 'Shadow' } })
  const refused = await apply(name, 'b', { spec: { mode: 'Enforce' } })
  expect([refused.code, refused.json().details?.causes]).toEqual([
    409,
    [{ reason: 'FieldManagerConflict', message: 'conflict with "a" using jit.access/v1', field: '.spec.mode' }],
  ])
  const forced = await apply(name, 'b', { spec: { mode: 'Enforce' }, query: 'force=true' })
  expect([forced.code, forced.json().spec['mode']]).toEqual([200, 'Enforce'])
  expect((await apply(name, 'a', { spec: { mode: 'Shadow' } })).code).toBe(409)
})
it('[55] a field is removed when its last owner drops it; a shared one stays', async () => {
  const name = uniqueName('ssa')
  await apply(name, 'a', { spec: { mode: 'Shadow', tokenGroups: ['x'] }, metadata: { labels: { a: '1', b: '1' } } })
  await apply(name, 'b', { spec: { mode: 'Shadow' } })
  const { spec, metadata } = (await apply(name, 'a', { metadata: { labels: { a: '1' } } })).json()
  expect([spec['mode'], spec['tokenGroups'], metadata['labels']]).toEqual(['Shadow', undefined, { a: '1' }])
})
it('[56] an update takes the fields that it writes from appliers', async () => {
  const name = uniqueName('ssa')
  await apply(name, 'a', { spec: { mode: 'Shadow' } })
  const patched = await call('PATCH', `${BASE}/accesspolicies/${name}?fieldManager=hand`, {
    body: { spec: { mode: 'Enforce' } },
    headers: { 'content-type': 'application/merge-patch+json' },
  })
  expect(managers(patched.json())).toEqual([
    ['a', 'Apply'],
    ['hand', 'Update'],
  ])
  expect((await apply(name, 'a', { spec: { mode: 'Shadow' } })).code).toBe(409)
})
it('[57, 59] conditions merge by type and are owned only through status', async () => {
  const name = uniqueName('ssa')
  await apply(name, 'a')
  const say = (manager: string, type: string): Promise<Answer> =>
    call('PATCH', `${BASE}/accesspolicies/${name}/status?fieldManager=${manager}`, {
      body: { apiVersion: 'jit.access/v1', kind: 'AccessPolicy', metadata: { name }, status: { conditions: [{ type, status: 'True' }] } },
      headers: { 'content-type': 'application/apply-patch+yaml' },
    })
  await say('x', 'One')
  const { status, spec } = (await say('y', 'Two')).json()
  expect((status['conditions'] as readonly { type: string }[]).map(({ type }) => type)).toEqual(['One', 'Two'])
  expect(spec['hold']).toEqual({ timeoutSeconds: 20 })
})
it('[58] an apply without a manager gets 422, with managedFields or another version 400', async () => {
  const name = uniqueName('ssa')
  expect((await apply(name, '')).code).toBe(422)
  expect((await apply(name, 'a', { metadata: { managedFields: [{ manager: 'a' }] } })).code).toBe(400)
  const other = await call('PATCH', `${BASE}/accesspolicies/${name}?fieldManager=a`, {
    body: { ...policy(name), apiVersion: 'jit.access/v2' },
    headers: { 'content-type': 'application/apply-patch+yaml' },
  })
  expect(other.code).toBe(400)
})
it('[61] a dry run as Flux sends it stores nothing', async () => {
  const name = uniqueName('ssa')
  expect((await apply(name, 'flux', { query: 'dryRun=All&force=true' })).code).toBe(201)
  expect((await call('GET', `${BASE}/accesspolicies/${name}`)).code).toBe(404)
})
it('[62] more than ten update managers are merged into one', async () => {
  const name = uniqueName('ssa')
  await apply(name, 'a')
  for (let index = 0; index < 12; index += 1)
    await call('PATCH', `${BASE}/accesspolicies/${name}?fieldManager=m${index}`, {
      body: { metadata: { labels: { [`l${index}`]: 'x' } } },
      headers: { 'content-type': 'application/merge-patch+json' },
    })
  const names = managers((await call('GET', `${BASE}/accesspolicies/${name}`)).json()).map(([manager]) => manager)
  expect(names).toContain('ancient-changes')
  expect(names).toHaveLength(11)
})
it('an apply of a missing object needs permission to create', async () => {
  const name = uniqueName('ssa')
  const user = uniqueName('patcher')
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: user },
    rules: [{ apiGroups: ['jit.access'], resources: ['accesspolicies'], verbs: ['patch'] }],
  }
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: user }
  const binding = {
    apiVersion: role.apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name: user },
    roleRef,
    subjects: [{ apiGroup: roleRef.apiGroup, kind: 'User', name: user }],
  }
  await call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', { body: role })
  await call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', { body: binding })
  await permitted(call, { user }, { group: 'jit.access', resource: 'accesspolicies', verb: 'patch' })
  const answer = await call('PATCH', `${BASE}/accesspolicies/${name}?fieldManager=a`, {
    body: policy(name),
    headers: { 'content-type': 'application/apply-patch+yaml', 'impersonate-user': user },
  })
  expect([answer.code, answer.json().message]).toEqual([403, expect.stringContaining('cannot create')])
})
