import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImpactReader, Reading } from '../../../../domain/explain/impact/impact-reader.ts'
import { policy } from '../../../domain/builders.ts'
import { put, requestOf, serveApi, user, type Answer, type Served } from '../served-api.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')
const [ALICE, BOB, AGENT] = [user('oidc:alice'), user('oidc:bob'), user('oidc:agent', 'oidc:agents')]
let api: Served

/** A reader of a cluster in which only these paths exist. */
const reading = (objects: { readonly [path: string]: unknown }, reads: string[] = []): ImpactReader => ({
  read: <T>(path: string): Promise<Reading<T>> => {
    reads.push(path)
    const found = objects[path.split('?')[0] ?? '']
    return Promise.resolve(found === undefined ? { is: 'unreadable', why: 'forbidden' } : { is: 'there', value: found as T })
  },
  count: (resource) => Promise.resolve(resource === 'secrets' ? { is: 'unreadable', why: 'no right' } : { is: 'there', value: 7 }),
})

beforeAll(async () => {
  api = await serveApi(NOW)
  api.rights = ({ username }, { verb, namespace }) =>
    (verb === 'view' && username === 'oidc:auditor') ||
    (verb === 'certify' && (username === ALICE.username || (username === 'oidc:owner' && namespace === 'shop')))
  await put(api.store, 'accesspolicies', policy('agents'))
  const about = { owner: AGENT.username, policy: 'agents', namespaces: ['shop'] }
  const rules = [{ verbs: ['delete'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'], resourceNames: ['web'] }]
  const request = requestOf('asked', about)
  await put(api.store, 'accessrequests', { ...request, spec: { ...request.spec, rules } })
  await put(api.store, 'accessrequests', {
    ...requestOf('over', about),
    spec: { ...request.spec, rules },
    status: { expiresAt: '2026-01-01T00:00:00Z' },
  })
  await put(api.store, 'accessrequests', { ...requestOf('both', { ...about, namespaces: ['shop', 'bank'] }) })
  await put(api.store, 'accessrequests', { ...requestOf('far', about), spec: { ...request.spec, rules, cluster: 'other' } })
  const own = requestOf('own', { ...about, owner: ALICE.username })
  await put(api.store, 'accessrequests', { ...own, spec: { ...own.spec, rules } })
})
afterAll(() => api.close())

const ask = (as: typeof ALICE, requestName: string): Promise<Answer> =>
  api.send(as, 'POST accessimpacts', { body: { apiVersion: 'jit.access/v1', kind: 'AccessImpact', spec: { requestName } } })
const placesOf = ({ body }: Answer): unknown => (body['status'] as { readonly places: unknown }).places

const WEB = {
  '/apis/apps/v1/namespaces/shop/deployments/web': {
    metadata: { name: 'web', ownerReferences: [{ kind: 'Shop\u202e\n', name: 'main' }] },
    spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } } } },
  },
  '/api/v1/namespaces/shop/pods': { items: [{ metadata: { name: 'web-1' } }, { metadata: { name: 'web-2' } }] },
  '/apis/policy/v1/namespaces/shop/poddisruptionbudgets': {
    items: [{ metadata: { name: 'web' }, spec: { selector: { matchLabels: { app: 'web' } } }, status: { disruptionsAllowed: 1 } }],
  },
}

describe('an AccessImpact', () => {
  it('says what the request would touch, and what could not be read', async () => {
    api.impactReader = () => reading(WEB)
    const answer = await ask(ALICE, 'asked')
    expect(answer.code).toBe(201)
    expect(placesOf(answer)).toEqual([
      {
        place: 'deployments.apps shop/web',
        lines: [
          '3 replicas',
          '2 pods now: web-1, web-2',
          'owned by Shop\\u{202e}\\u{a} main, which may undo a change of it',
          'PodDisruptionBudget web: 1 disruptions allowed now',
          'Services could not be read: forbidden',
          'its pods can see no Secret',
        ],
      },
    ])
  })
  it('is for the owner of a namespace, as far as the request is within it', async () => {
    expect((await ask(user('oidc:owner'), 'asked')).code).toBe(201)
    expect((await ask(user('oidc:owner'), 'both')).code).toBe(404)
  })
  it.each([
    ['who may not certify', BOB, 'asked', 404],
    ['an auditor, who sees the request', user('oidc:auditor'), 'asked', 403],
    ['the requester', AGENT, 'asked', 403],
    ['a requester who may certify', ALICE, 'own', 403],
    ['a request that does not exist', ALICE, 'absent', 404],
    ['no name', ALICE, '', 422],
  ])('is not for %s, and nothing is read', async (_title, as, name, code) => {
    const reads: string[] = []
    api.impactReader = () => reading(WEB, reads)
    expect((await ask(as, name)).code).toBe(code)
    expect(reads).toEqual([])
  })
  it('reads nothing for a request that is no longer pending, or in another cluster', async () => {
    const reads: string[] = []
    api.impactReader = () => reading(WEB, reads)
    expect(placesOf(await ask(ALICE, 'over'))).toEqual([])
    expect(placesOf(await ask(ALICE, 'far'))).toEqual([{ place: 'cluster', lines: ['not examined: it is in another cluster'] }])
    expect(reads).toEqual([])
  })
  it('is answered to one user for a bounded number of times at once, and to others meanwhile', async () => {
    const { promise: waiting, resolve: finish } = Promise.withResolvers<void>()
    const slow = reading(WEB)
    api.impactReader = () => ({ ...slow, read: async (path) => waiting.then(() => slow.read(path)) })
    const codes: number[] = []
    const many = Array.from({ length: 5 }, () => ask(ALICE, 'asked').then(({ code }) => void codes.push(code)))
    await expect.poll(() => codes).toEqual([429, 429])
    const owner = ask(user('oidc:owner'), 'asked')
    finish()
    await Promise.all(many)
    expect(codes).toEqual([429, 429, 201, 201, 201])
    expect((await owner).code).toBe(201)
    expect((await ask(ALICE, 'asked')).code).toBe(201)
  })
})
