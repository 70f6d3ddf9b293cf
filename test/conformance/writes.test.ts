import { beforeAll, expect, it } from 'vitest'
import { uniqueName } from '../cluster/environment.ts'
import { BASE, connect, policy, removePolicies, settled, type Body, type Connected } from './api-calls.ts'

let call: Connected
beforeAll(async () => {
  call = await connect()
})
removePolicies(() => call)
const POLICIES = `${BASE}/accesspolicies`
const make = async (...args: Parameters<typeof policy>): Promise<Body> => (await call('POST', POLICIES, { body: policy(...args) })).json()
/** An object whose version is compared. */
const makeToCompare = async (): Promise<Body> => settled(call, (await make()).metadata.name)
const merge = (name: string, patch: object, query = '') =>
  call('PATCH', `${POLICIES}/${name}?${query}`, { body: patch, headers: { 'content-type': 'application/merge-patch+json' } })

it('[78] a create sets the server’s fields and drops values that a client sends for them', async () => {
  const { uid, creationTimestamp, generation } = (
    await make(undefined, {}, { uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z', generation: 9 })
  ).metadata
  expect(uid).not.toBe('mine')
  expect(creationTimestamp).not.toBe('2001-01-01T00:00:00Z')
  expect(generation).toBe(1)
})
it('[39] creating the same name again gets AlreadyExists', async () => {
  const { metadata } = await make()
  expect((await call('POST', POLICIES, { body: policy(metadata.name) })).json().reason).toBe('AlreadyExists')
})
it('[79] generateName gives each object a different suffix of five characters', async () => {
  const prefix = uniqueName('gen-').concat('-')
  const made = await Promise.all(
    [1, 2, 3].map(async () => (await call('POST', POLICIES, { body: { ...policy(), metadata: { generateName: prefix } } })).json().metadata.name),
  )
  expect(new Set(made).size).toBe(3)
  for (const name of made) expect(name).toMatch(new RegExp(`^${prefix}[a-z0-9]{5}$`))
})
it('[80] of many PUTs with one version, one succeeds', async () => {
  const made = await makeToCompare()
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      call('PUT', `${POLICIES}/${made.metadata.name}`, { body: { ...made, spec: { ...made.spec, hold: { timeoutSeconds: index + 1 } } } }),
    ),
  )
  expect(answers.map(({ code }) => code).sort((a, b) => a - b)).toEqual([200, ...Array.from({ length: 9 }, () => 409)])
})
it('[50] a PUT without a version is refused and never overwrites', async () => {
  const made = await make()
  const { resourceVersion: _, ...metadata } = made.metadata
  expect((await call('PUT', `${POLICIES}/${made.metadata.name}`, { body: { ...made, metadata } })).code).toBe(422)
})
it('[81, 82] a write without a change keeps the version; only spec changes increment the generation', async () => {
  const made = await makeToCompare()
  const { name, resourceVersion } = made.metadata
  expect((await merge(name, { spec: made.spec })).json().metadata.resourceVersion).toBe(resourceVersion)
  expect((await merge(name, { metadata: { labels: { a: 'b' } } })).json().metadata.generation).toBe(1)
  expect((await merge(name, { spec: { mode: 'Shadow' } })).json().metadata.generation).toBe(2)
})
it('[83] a finalizer keeps an object until it is removed, and none may be added meanwhile', async () => {
  const { metadata } = await make(undefined, {}, { finalizers: ['test/hold'] })
  const path = `${POLICIES}/${metadata.name}`
  const marked = (await call('DELETE', path)).json()
  expect([marked.kind, marked.metadata.generation]).toEqual(['AccessPolicy', 2])
  expect(marked.metadata['deletionTimestamp']).toBeDefined()
  expect((await merge(metadata.name, { metadata: { finalizers: ['test/hold', 'test/more'] } })).code).toBe(422)
  expect((await merge(metadata.name, { metadata: { finalizers: null } })).code).toBe(200)
  expect((await call('GET', path)).code).toBe(404)
})
it('[14, 15] preconditions on uid and version are enforced', async () => {
  const { metadata } = await make()
  const path = `${POLICIES}/${metadata.name}`
  expect((await call('DELETE', path, { body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'other' } } })).code).toBe(409)
  expect((await merge(metadata.name, { metadata: { resourceVersion: '1', ownerReferences: [] } })).code).toBe(409)
  const gone = await call('DELETE', path, { body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: metadata['uid'] } } })
  expect([gone.code, gone.json().details?.uid]).toEqual([200, metadata['uid']])
})
it('[84] a propagation policy adds its finalizer; contradicting options are refused', async () => {
  const { metadata } = await make()
  const path = `${POLICIES}/${metadata.name}`
  expect((await call('DELETE', `${path}?orphanDependents=true&propagationPolicy=Foreground`)).code).toBe(422)
  expect((await call('DELETE', `${path}?propagationPolicy=Orphan&dryRun=All`)).json().metadata['finalizers']).toEqual(['orphan'])
})
it('[85] dry runs store nothing', async () => {
  const name = uniqueName('dry')
  expect((await call('POST', `${POLICIES}?dryRun=All`, { body: policy(name) })).code).toBe(201)
  expect((await call('GET', `${POLICIES}/${name}`)).code).toBe(404)
  const made = await makeToCompare()
  const tried = (await merge(made.metadata.name, { spec: { mode: 'Shadow' } }, 'dryRun=All')).json()
  expect([tried.spec['mode'], tried.metadata.resourceVersion]).toEqual(['Shadow', made.metadata.resourceVersion])
  expect((await call('DELETE', `${POLICIES}/${made.metadata.name}?dryRun=All`)).code).toBe(200)
  expect((await call('GET', `${POLICIES}/${made.metadata.name}`)).json().spec['mode']).toBeUndefined()
})
it('[86] invalid options get 422', async () => {
  for (const query of ['dryRun=foo', 'fieldValidation=foo', `fieldManager=${'x'.repeat(129)}`])
    expect((await call('POST', `${POLICIES}?${query}`, { body: policy() })).code).toBe(422)
})
const raw = async (body: string, type = 'application/json'): Promise<Body & { readonly code: number }> =>
  (await call('POST', POLICIES, { body, headers: { 'content-type': type } })).json<Body & { code: number }>()

it('[87, 89] invalid bodies get a Status that says what is wrong', async () => {
  expect((await raw('{')).code).toBe(400)
  expect((await raw('a: [', 'application/yaml')).code).toBe(400)
  expect((await raw('x', 'application/vnd.kubernetes.protobuf')).reason).toBe('UnsupportedMediaType')
  expect((await raw(`{"a":"${'x'.repeat(3_200_000)}"}`)).reason).toBe('RequestEntityTooLarge')
  expect((await raw(`{"spec":${'['.repeat(5000)}${']'.repeat(5000)}}`)).code).toBe(400)
  expect((await raw(JSON.stringify({ ...policy(), apiVersion: 'v2' }))).code).toBe(400)
  expect((await raw(JSON.stringify({ ...policy(), metadata: { name: 'a', labels: 'x' } }))).code).toBe(400)
  expect((await raw(JSON.stringify({ ...policy(), metadata: { name: 'a', ownerReferences: [{ kind: 1 }] } }))).code).toBe(400)
  expect((await raw(JSON.stringify({ ...policy(), metadata: { name: 'a', namespace: 'b' } }))).code).toBe(400)
  expect(
    (
      await raw(
        `apiVersion: jit.access/v1\nkind: AccessPolicy\nmetadata: {name: ${uniqueName('yaml')}}\nspec: {subjects: [{kind: User, name: nobody}]}`,
        'application/yaml',
      )
    ).kind,
  ).toBe('AccessPolicy')
})
it('[40] unknown fields are refused, reported as a warning or ignored', async () => {
  const body = { ...policy(), spec: { ...(policy() as unknown as Body).spec, bogus: 1 } }
  const refused = await call('POST', `${POLICIES}?fieldValidation=Strict`, { body })
  expect([refused.code, refused.json().message]).toEqual([400, expect.stringContaining('unknown field "spec.bogus"')])
  const warned = await call('POST', POLICIES, { body })
  expect([warned.code, String(warned.headers['warning'])]).toEqual([201, expect.stringContaining('spec.bogus')])
  expect(warned.json().spec['bogus']).toBeUndefined()
})
it('[13, 88] strategic merge gets 415, a failed test 422, and prototype pollution is refused', async () => {
  const { metadata } = await makeToCompare()
  const patch = (type: string, body: unknown) => call('PATCH', `${POLICIES}/${metadata.name}`, { body, headers: { 'content-type': type } })
  expect((await patch('application/strategic-merge-patch+json', {})).json().reason).toBe('UnsupportedMediaType')
  expect((await patch('application/json-patch+json', [{ op: 'test', path: '/spec/mode', value: 'x' }])).code).toBe(422)
  expect(
    (await patch('application/json-patch+json', [{ op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion }])).code,
  ).toBe(200)
  expect((await patch('application/merge-patch+json', '{"__proto__":{"a":1}}')).code).toBe(400)
  expect(
    (
      await patch(
        'application/json-patch+json',
        Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'AccessPolicy' })),
      )
    ).code,
  ).toBe(413)
})
it('an invalid policy is refused with the path of each wrong field', async () => {
  const answer = await call('POST', POLICIES, {
    body: policy(undefined, {
      rules: [
        { name: 'a', effect: 'Deny', match: { condition: 'request.verb ==' } },
        { name: 'a', effect: 'Nope' },
      ],
    }),
  })
  expect(answer.code).toBe(422)
  expect(answer.json().details?.causes?.map(({ field }) => field)).toContain('spec.rules[1].effect')
  const cel = await call('POST', POLICIES, {
    body: policy(undefined, { rules: [{ name: 'a', effect: 'Deny', match: { condition: 'request.verb ==' } }] }),
  })
  expect(cel.json().details?.causes?.map(({ field }) => field)).toEqual(['spec.rules[0].match.condition'])
})
