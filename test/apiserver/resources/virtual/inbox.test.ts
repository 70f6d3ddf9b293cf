import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { InboxRow, InboxStatus } from '../../../../domain/api/virtual/inbox.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import type { Identity } from '../../../../domain/identity.ts'
import { policy } from '../../../domain/builders.ts'
import { put, requestOf, serveApi, user, type Served } from '../served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const EXPIRED = '2026-11-25T11:59:00Z'

let api: Served
beforeEach(async () => void (api = await serveApi(START)))
afterEach(() => api.close())

async function inboxOf(who: Identity, spec: object = {}): Promise<InboxStatus> {
  const { code, text, body } = await api.send(who, 'POST inboxes', { body: { apiVersion: 'jit.access/v1', kind: 'Inbox', spec } })
  expect(code, text).toBe(201)
  return body['status'] as unknown as InboxStatus
}
const placesIn = ({ requests }: InboxStatus): { readonly [name: string]: InboxRow['place'] } =>
  Object.fromEntries(requests.map(({ name, place }) => [name, place]))

type Case = {
  readonly owner: string
  readonly policy: string
  readonly namespaces: readonly string[]
  readonly state: string
  readonly owners: boolean
}

/** Who has to approve a request, if only the group `owners` may. */
const missing = {
  missing: [{ count: 1, policy: 'one', groups: ['owners'], subjects: [{ kind: 'Group' as const, name: 'owners' }] }],
  given: 0,
  required: 1,
  message: '1 from group owners',
}

function stored(name: string, { state, owners, ...about }: Case): AccessRequest {
  const request = requestOf(name, about)
  const status = {
    ...request.status,
    ...(state === 'expired' ? { expiresAt: EXPIRED } : {}),
    ...(state === 'denied' ? { conditions: [{ type: 'Denied', status: 'True' }] as const } : {}),
    ...(state === 'reviewed' ? { reviews: [{ reviewer: { username: 'ANN' }, decision: 'Approved', time: EXPIRED }] as const } : {}),
    ...(owners ? { approvals: missing } : {}),
  }
  return { ...request, status }
}

it('has each request in the place that the rules of decisions give it, and no request that the caller may not decide', async () => {
  const example = fc.record({
    owner: fc.constantFrom('ann', 'bob', 'Ann'),
    policy: fc.constantFrom('one', 'two'),
    namespaces: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
    state: fc.constantFrom('open', 'open', 'open', 'expired', 'denied', 'reviewed'),
    owners: fc.boolean(),
  })
  const right = fc.record({ policy: fc.constantFrom('one', 'two', '*'), namespace: fc.constantFrom('a', 'b', 'c', '*') })
  const sight = fc.record({ view: fc.boolean(), isOwner: fc.boolean(), namespace: fc.constantFrom(undefined, 'a') })
  await fc.assert(
    fc.asyncProperty(
      fc.array(example, { maxLength: 10 }),
      fc.array(right, { maxLength: 3 }),
      sight,
      async (cases, rights, { view, isOwner, namespace }) => {
        for (const { name, version } of (await api.store.list('accessrequests')).entries)
          await api.store.commit([{ resource: 'accessrequests', name, expected: version, value: null }])
        api.clock.now += 5_001 // cached RBAC results expire
        for (const [index, each] of cases.entries()) await put(api.store, 'accessrequests', stored(`r${index}`, each))
        api.rights = (_, asked) =>
          asked.verb === 'view'
            ? view
            : rights.some((one) => [asked.name, '*'].includes(one.policy) && [asked.namespace, '*'].includes(one.namespace))
        const decides = ({ policy: of, namespaces }: Case): boolean =>
          namespaces.every((each) => rights.some((one) => [of, '*'].includes(one.policy) && [each, '*'].includes(one.namespace)))
        // The same rule, written down once more.
        const placeOf = (each: Case): InboxRow['place'] | undefined => {
          if (each.state === 'expired' || each.state === 'denied') return undefined
          if (namespace !== undefined && !each.namespaces.includes(namespace)) return undefined
          // Names are compared case-insensitively, but what a caller without rights sees is selected by the exact name.
          if (each.owner.toLowerCase() === 'ann') return each.owner === 'ann' || view || decides(each) ? 'Own' : undefined
          if (!decides(each)) return undefined
          if (each.state === 'reviewed') return 'Reviewed'
          return each.owners && !isOwner ? 'Others' : 'Mine'
        }
        const expected = cases.flatMap((each, index) => (placeOf(each) === undefined ? [] : [[`r${index}`, placeOf(each)] as const]))
        const caller = user('ann', ...(isOwner ? ['owners'] : []))
        expect(placesIn(await inboxOf(caller, namespace === undefined ? {} : { namespace }))).toEqual(Object.fromEntries(expected))
      },
    ),
    { numRuns: 60 },
  )
})

it('shows a request as a list does', async () => {
  api.rights = () => true
  const request = requestOf('r', { owner: 'bob', policy: 'one', namespaces: ['a'] })
  await put(api.store, 'accessrequests', {
    ...request,
    metadata: { ...request.metadata, creationTimestamp: EXPIRED },
    spec: { ...request.spec, reason: `broken ${'x'.repeat(4000)}`, maxUses: 2 },
    status: { ...request.status, requiredApprovals: 2, risk: 'High' },
  })
  const { requests } = await inboxOf(user('ann'))
  expect(requests).toEqual([
    {
      name: 'r',
      uid: 'uid-r',
      place: 'Mine',
      requester: 'bob',
      policy: 'one',
      risk: 'High',
      asks: 'get pods (every name) in namespace a',
      reason: `broken ${'x'.repeat(993)}`,
      durationSeconds: 600,
      maxUses: 2,
      creationTimestamp: EXPIRED,
      expiresAt: '2036-11-25T12:30:00Z',
      approvals: { given: 0, required: 2 },
    },
  ])
})

it('asks for each right once, however many requests wait', async () => {
  api.rights = (_, { verb, namespace }) => verb === 'certify' && namespace === 'a'
  for (let index = 0; index < 50; index += 1)
    await put(api.store, 'accessrequests', requestOf(`r${index}`, { owner: 'bob', policy: 'one', namespaces: ['a'] }))
  const before = api.reviews
  expect((await inboxOf(user('ann'))).requests).toHaveLength(50)
  expect(api.reviews - before).toBeLessThan(10)
})

it('ends an answer that is full, and continues after it in the same snapshot', async () => {
  api.rights = () => true
  const rules = [
    { verbs: ['get'], resources: ['pods'], namespaces: ['a'], resourceNames: Array.from({ length: 60 }, (_, n) => `${'n'.repeat(200)}${n}`) },
  ]
  const all = Array.from({ length: 3500 }, (_, index) => `r${String(index).padStart(5, '0')}`)
  const about = { owner: 'bob', policy: 'one', namespaces: ['a'] }
  await api.store.commit(
    all.map((name) => {
      const request = requestOf(name, about)
      const value = { ...request, spec: { ...request.spec, rules, reason: 'x'.repeat(1000) } }
      return { resource: 'accessrequests', name, expected: 0, value: value as never }
    }),
  )
  const first = await inboxOf(user('ann'))
  expect(first.continue).toBeDefined()
  expect(JSON.stringify(first).length).toBeLessThan(10 << 20)
  await put(api.store, 'accessrequests', requestOf('r99999', about))
  const second = await inboxOf(user('ann'), { continue: first.continue })
  expect([...first.requests, ...second.requests].map(({ name }) => name)).toEqual(all)
  expect([second.continue, second.resourceVersion]).toEqual([undefined, first.resourceVersion])
})

it('is refused to a caller that may not list requests, and to agents', async () => {
  await put(api.store, 'accesspolicies', policy('agents', {}))
  const agent = await api.send(user('oidc:agent', 'oidc:agents'), 'POST inboxes', { body: { spec: {} } })
  expect([agent.code, agent.body['reason']]).toEqual([403, 'Forbidden'])
  const { code } = await api.send(user('ann'), 'POST inboxes', { body: { spec: { continue: 'nonsense' } } })
  expect(code).toBe(400)
})
