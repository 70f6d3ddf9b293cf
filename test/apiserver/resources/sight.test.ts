import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Identity } from '../../../domain/identity.ts'
import { AGENT_USER } from '../../../domain/api/names.ts'
import { policy } from '../../domain/builders.ts'
import { grantOf, put, requestOf, serveApi, user, type About, type Rights, type Served } from './served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const PARTIAL = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
const KINDS = [
  { resource: 'accessrequests', owner: 'spec.requester.username', make: requestOf },
  { resource: 'accessgrants', owner: 'spec.subject.username', make: grantOf },
] as const
const APPROVER = user('approver')

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
})
afterEach(() => api.close())

type Item = { readonly metadata?: { readonly name: string }; readonly object?: { readonly metadata: { readonly name: string } } }
const namesIn = (body: object): readonly string[] => {
  const { items, rows } = body as { readonly items?: readonly Item[]; readonly rows?: readonly Item[] }
  return (items ?? rows ?? []).map(({ metadata, object }) => metadata?.name ?? object?.metadata.name ?? '')
}
type Meta = { readonly metadata: { readonly continue?: string; readonly remainingItemCount?: number } }

/** Reads all pages and checks that no page, count or token reveals objects that the caller may not see. */
async function listed(as: Identity, path: string, options: { readonly limit: number; readonly accept?: string }, all: readonly string[]) {
  const names: string[] = []
  for (let token: string | undefined = ''; token !== undefined;) {
    const query: string = `${path}${path.includes('?') ? '&' : '?'}limit=${options.limit}${token === '' ? '' : `&continue=${token}`}`
    const { code, body } = await api.send(as, `GET ${query}`, options)
    expect(code).toBe(200)
    names.push(...namesIn(body))
    const { continue: next, remainingItemCount } = (body as Meta).metadata
    if (next !== undefined) {
      const at = JSON.parse(Buffer.from(next, 'base64url').toString()) as { readonly after: string }
      expect(all).toContain(at.after)
      expect(names.length).toBeLessThan(all.length)
    }
    if (remainingItemCount !== undefined) expect(remainingItemCount).toBe(all.length - names.length)
    token = next
  }
  return names
}

/** Objects that a watch from the beginning shows until its bookmark. */
async function watched(as: Identity, resource: string): Promise<readonly string[]> {
  api.as(as)
  const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
  const stop = new AbortController()
  const answer = await fetch(api.url(`${resource}?${query}`), { signal: stop.signal })
  let text = ''
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString()
    if (text.includes('"BOOKMARK"')) break
  }
  stop.abort()
  const events = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly type: string; readonly object: Item })
  return events.filter(({ type }) => type === 'ADDED').map(({ object }) => object.metadata?.name ?? '')
}

const OWNERS = ['ann', 'bob', 'system:serviceaccount:ci:bot', 'jit.access:serviceaccount:ci:bot', 'Ann']
const about = fc.record({
  owner: fc.constantFrom(...OWNERS),
  policy: fc.constantFrom('one', 'two'),
  namespaces: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
})
/** A permission to certify: under one policy or all, in one namespace or all. */
const rightArbitrary = fc.record({ policy: fc.constantFrom('one', 'two', '*'), namespace: fc.constantFrom('a', 'b', 'c', '*') })
type Right = { readonly policy: string; readonly namespace: string }

const rightsOf =
  (rights: readonly Right[], view: boolean): Rights =>
  (_, { verb, name, namespace }) =>
    verb === 'view' ? view : rights.some((one) => [name, '*'].includes(one.policy) && [namespace, '*'].includes(one.namespace))

const isSame = (one: string, other: string): boolean => one === other || (one.endsWith(':ci:bot') && other.endsWith(':ci:bot'))
const covers = (rights: readonly Right[], { policy: name, namespaces }: About): boolean =>
  namespaces.every((namespace) => rights.some((one) => [name, '*'].includes(one.policy) && [namespace, '*'].includes(one.namespace)))

describe.each(KINDS)('$resource', ({ resource, owner, make }) => {
  it("shows the caller's own objects, those it may certify, and with view all, in every kind of read", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(about, { maxLength: 12 }),
        fc.array(rightArbitrary, { maxLength: 3 }),
        fc.record({ view: fc.boolean(), agent: fc.boolean(), limit: fc.integer({ min: 0, max: 4 }), caller: fc.constantFrom(...OWNERS, 'nobody') }),
        async (objects, rights, { view, agent, limit, caller }) => {
          for (const { name, version } of (await api.store.list(resource)).entries)
            await api.store.commit([{ resource, name, expected: version, value: null }])
          api.clock.now += 5_001 // cached RBAC results expire
          for (const [index, one] of objects.entries()) await put(api.store, resource, make(`o${index}`, one))
          api.rights = rightsOf(rights, view)
          const as = user(caller, ...(agent ? ['jit.access:agents'] : []))
          const seen = (one: About): boolean => view || isSame(one.owner, caller) || (!agent && covers(rights, one))
          const all = objects.flatMap((one, index) => (seen(one) ? [`o${index}`] : [])).toSorted()

          expect(await listed(as, resource, { limit }, all)).toEqual(all)
          expect(await listed(as, resource, { limit, accept: TABLE }, all)).toEqual(all)
          expect(await listed(as, resource, { limit, accept: PARTIAL }, all)).toEqual(all)
          expect(await watched(as, resource)).toEqual(all)
          for (const [index, one] of objects.entries()) {
            const { code, body } = await api.send(as, `GET ${resource}/o${index}`)
            expect(code).toBe(seen(one) ? 200 : 404)
            const missing = await api.send(as, `GET ${resource}/none`)
            if (code === 404) expect(JSON.stringify(body)).toBe(missing.text.trim().replaceAll('none', `o${index}`))
          }
          for (const name of OWNERS) {
            const own = all.filter((each) => objects[Number(each.slice(1))]?.owner === name)
            expect(await listed(as, `${resource}?fieldSelector=${owner}%3D${encodeURIComponent(name)}`, { limit }, all)).toEqual(own)
          }
        },
      ),
      { numRuns: 15 },
    )
  })

  it('cannot be changed or deleted by a user that does not see it, and the refusal reveals nothing', async () => {
    const theirs = make('theirs', { owner: 'ann', policy: 'one', namespaces: ['a'] })
    await put(api.store, resource, theirs)
    await put(api.store, resource, make('own', { owner: 'bob', policy: 'one', namespaces: ['a'] }))
    const as = user('bob')
    const patch = { body: { metadata: { labels: { a: 'b' } } }, type: 'application/merge-patch+json' }
    const sub = resource === 'accessrequests' ? 'approval' : 'revocation'
    for (const line of [`PATCH ${resource}/theirs`, `GET ${resource}/theirs/${sub}`, `DELETE ${resource}/theirs`])
      expect(await api.send(as, line, line.startsWith('PATCH') ? patch : {}).then(({ code, body }) => [code, body['reason']])).toEqual([
        404,
        'NotFound',
      ])
    // A user that may write decisions gets the missing permission in the message.
    const type = resource === 'accessrequests' ? 'Denied' : 'Revoked'
    const decision = { body: { status: { conditions: [{ type, status: 'True' }] } }, type: 'application/merge-patch+json' }
    const refused = await api.send(as, `PATCH ${resource}/theirs/${sub}`, decision)
    expect([refused.code, refused.body['message']]).toEqual([403, expect.stringContaining('cannot certify')])
    expect((await api.send(as, `DELETE ${resource}`)).code).toBe(200)
    expect((await api.store.list(resource)).entries.map(({ name }) => name)).toEqual(['theirs'])
  })

  it('is refused with an error, not as missing, when the permission check fails', async () => {
    await put(api.store, resource, make('theirs', { owner: 'ann', policy: 'one', namespaces: ['a'] }))
    api.rights = () => {
      throw new Error('kube-apiserver is away')
    }
    for (const path of [`${resource}/theirs`, resource, `${resource}?watch=1`]) expect((await api.send(APPROVER, `GET ${path}`)).code).toBe(500)
  })
})

it('ignores a `certify` that RBAC grants by mistake to a user that an enforcing policy governs', async () => {
  await put(api.store, 'accesspolicies', policy('agents', { subjects: [{ kind: 'User', name: 'mallory' }] }))
  await put(api.store, 'accessrequests', requestOf('theirs', { owner: 'ann', policy: 'agents', namespaces: ['a'] }))
  api.rights = (_, { verb }) => verb === 'certify'
  // A client with stolen credentials can send any subset of the gateway's groups and extras, so each of them counts.
  for (const as of [user('mallory'), user(AGENT_USER), user('thief', 'jit.access:baseline:agents'), user('thief', 'jit.access:agents')])
    expect((await api.send(as, 'GET accessrequests/theirs')).code, JSON.stringify(as)).toBe(404)
  expect((await api.send(APPROVER, 'GET accessrequests/theirs')).code).toBe(200)
})

it('checks RBAC once for a page of many objects, and again when the result is old', async () => {
  for (let index = 0; index < 20; index += 1)
    await put(api.store, 'accessrequests', requestOf(`o${index}`, { owner: 'ann', policy: 'one', namespaces: ['a'] }))
  await api.send(APPROVER, 'GET accessrequests')
  const once = api.asked.length
  expect(once).toBeLessThanOrEqual(4)
  await api.send(APPROVER, 'GET accessrequests')
  expect(api.asked.length).toBe(once)
  api.rights = (_, { verb }) => verb === 'view'
  expect(namesIn((await api.send(APPROVER, 'GET accessrequests')).body)).toHaveLength(0)
  api.clock.now += 5_001
  expect(namesIn((await api.send(APPROVER, 'GET accessrequests')).body)).toHaveLength(20)
})

describe('a watch', () => {
  afterEach(() => vi.useRealTimers())

  it('ends with 410 when the caller loses the permission, and shows nothing after that', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    api.rights = (_, { verb }) => verb === 'view'
    await put(api.store, 'accessrequests', requestOf('first', { owner: 'ann', policy: 'one', namespaces: ['a'] }))
    api.as(APPROVER)
    const answer = await fetch(api.url('accessrequests?watch=1'))
    const lines = (async function* () {
      let text = ''
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        text += Buffer.from(chunk).toString()
        for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
          yield JSON.parse(text.slice(0, end)) as { readonly type: string; readonly object: { readonly code?: number } }
          text = text.slice(end + 1)
        }
      }
    })()
    expect((await lines.next()).value).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'first' } } })
    api.rights = () => false
    api.clock.now += 5_001
    await vi.advanceTimersByTimeAsync(5_000)
    await expect.poll(() => api.asked.length).toBeGreaterThan(2)
    await put(api.store, 'accessrequests', requestOf('second', { owner: 'ann', policy: 'one', namespaces: ['a'] }))
    expect((await lines.next()).value).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })
    expect((await lines.next()).done).toBe(true)
  })
})
