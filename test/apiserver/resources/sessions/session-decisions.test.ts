import { describe, expect, it } from 'vitest'
import { reviewNameOf } from '../../../../apiserver/resources/break-glass/grant-at-once.ts'
import type { Untold } from '../../../../apiserver/resources/sessions/session-decisions.ts'
import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import type { AccessSession } from '../../../../domain/api/access-session.ts'
import type { SessionDecision } from '../../../../domain/explain/session-decisions.ts'
import type { RecordEvent } from '../../../../domain/record/events.ts'
import { intentOf, openedOf, outcomeOf } from '../../../server/records/sessions/agent-records.ts'
import { grantOf, put, requestOf, user, type Served } from '../served-api.ts'
import { A, AUDITOR, B, NAME, T, twoGateways } from './two-gateways.ts'

const gateways = twoGateways()
const at = (ms: number): string => new Date(T + ms).toISOString().replace('.000Z', 'Z')
const ABOUT = { owner: 'oidc:a', policy: 'ci', namespaces: ['shop'] }
const filed = (auditID: string, request: string): RecordEvent => ({
  event: 'hold.filed',
  auditID,
  session: A,
  request,
  digest: 'd',
  timeoutSeconds: 60,
})
const review = (reviewer: string, decision: 'Approved' | 'Denied', ms: number, more: object = {}) => ({
  reviewer: { username: reviewer },
  decision,
  time: at(ms),
  ...more,
})
const since = (type: string, ms: number, message = '') => ({ type, status: 'True' as const, lastTransitionTime: at(ms), message })

function asked(name: string, ms: number, status: AccessRequest['status'], session?: string): AccessRequest {
  const request = requestOf(name, ABOUT)
  const extra = session === undefined ? {} : { extra: { 'jit.access/session': [session] } }
  return {
    ...request,
    metadata: { ...request.metadata, creationTimestamp: at(ms) },
    spec: { ...request.spec, requester: { username: ABOUT.owner, ...extra } },
    status: { ...request.status, ...status },
  }
}
const granted = (name: string, ms: number, status: AccessGrant['status'] = {}): AccessGrant => {
  const grant = grantOf(name, ABOUT)
  const ownerReferences = [{ apiVersion: 'jit.access/v1', kind: 'AccessRequest', name, uid: `uid-${name}` }]
  return { ...grant, metadata: { ...grant.metadata, creationTimestamp: at(ms), ownerReferences }, status }
}
type Page = { readonly items: readonly object[]; readonly decisions: readonly SessionDecision[]; readonly untold?: readonly Untold[] }
const read = async (api: Served, as = AUDITOR, query = ''): Promise<Page & { readonly metadata: { readonly continue?: string } }> =>
  (await api.send(as, `GET accesssessions/${NAME}/events${query}`)).body as never
const words = ({ decisions }: Page) => decisions.map(({ decision, request, by }) => [decision, request, ...(by === undefined ? [] : [by])].join(' '))

describe('the decisions in the timeline of a session', () => {
  it('say who asked, approved with what narrowing, denied, revoked and extended, in the order of time', async () => {
    await gateways.write(0, [
      [0, intentOf(A, '1', { grant: 'g', policy: 'ci', namespace: 'shop' })],
      [1000, filed('2', 'hold-1')],
      [9000, outcomeOf(A, '1')],
    ])
    const { api } = await gateways.serve()
    const narrowed = {
      durationSeconds: 60,
      maxUses: 2,
      rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'], resourceNames: ['web'] }],
    }
    const reviews = [
      review('oidc:x', 'Approved', -9000),
      review('oidc:y', 'Approved', -8000, { message: 'only web', passkey: { key: 'k', fingerprint: 'f' } }),
    ]
    await put(api.store, 'accessrequests', asked('g', -10_000, { reviews, narrowed, conditions: [since('Approved', -8000)], grantName: 'g' }, B))
    await put(api.store, 'accessrequests', {
      ...asked('more', 2000, {
        extension: { grantUID: 'uid-g', expiresAt: at(99_000) },
        conditions: [since('Approved', 3000)],
        reviews: [review('oidc:x', 'Approved', 3000)],
      }),
      metadata: { name: 'more', creationTimestamp: at(2000) },
    })
    await put(
      api.store,
      'accessgrants',
      granted('g', -8000, {
        extensions: [{ requestName: 'more', time: at(3000), expiresAt: at(99_000) }],
        conditions: [since('Revoked', 60_000, 'oidc:z: enough')],
      }),
    )
    await put(
      api.store,
      'accessrequests',
      asked('hold-1', 1000, { reviews: [review('oidc:x', 'Denied', 5000, { message: 'no' })], conditions: [since('Denied', 5000)] }, A),
    )
    const page = await read(api)
    expect(words(page)).toEqual([
      'Requested g oidc:a',
      'Approved g oidc:x',
      'Approved g oidc:y',
      'Requested hold-1 oidc:a',
      'Requested more oidc:a',
      'Approved more oidc:x',
      'Extended more',
      'Denied hold-1 oidc:x',
      'Revoked g',
    ])
    expect(page.untold).toBeUndefined()
    expect(page.decisions.every(({ from }) => from === 'jit-apiserver')).toBe(true)
    expect(page.decisions[1]).not.toHaveProperty('narrowed')
    expect(page.decisions[2]).toMatchObject({ narrowed: true, passkey: 'k', grant: 'g', limits: '1m, 2 uses', message: 'only web' })
    expect(page.decisions[2]?.asks).toContain('web')
    expect(page.decisions[8]).toMatchObject({ message: 'oidc:z: enough', time: at(60_000) })
  })

  it('have the requests that the session made without a hold, and none of another session of the agent', async () => {
    await gateways.write(0, [[0, intentOf(A, '1')]])
    const { api } = await gateways.serve()
    const denied = { reviews: [review('oidc:x', 'Denied', 5000)], conditions: [since('Denied', 5000)] }
    await put(api.store, 'accessrequests', asked('mine', 0, denied, A))
    await put(api.store, 'accessrequests', asked('of-another-session', 0, denied, B))
    await put(api.store, 'accessrequests', asked('direct', 0, denied))
    await put(api.store, 'accessrequests', asked('earlier', -3_600_000, denied, A))
    await put(api.store, 'accessrequests', asked('later', 3_600_000, denied, A))
    expect(words(await read(api))).toEqual(['Requested mine oidc:a', 'Denied mine oidc:x'])
  })

  it('are each on one page, in the time of its events', async () => {
    await gateways.write(
      0,
      [0, 10, 20, 30].map((seconds) => [seconds * 1000, intentOf(A, `${seconds}`)] as const),
    )
    const { api } = await gateways.serve()
    for (const [name, ms] of [
      ['before', -5000],
      ['first', 5000],
      ['second', 10_000],
      ['third', 15_000],
      ['last', 40_000],
    ] as const)
      await put(api.store, 'accessrequests', asked(name, ms, {}, A))
    const pages: string[][] = []
    for (let query = '?limit=1'; ;) {
      const page = await read(api, AUDITOR, query)
      pages.push(page.decisions.map(({ request }) => request))
      if (page.metadata.continue === undefined) break
      query = `?limit=1&continue=${page.metadata.continue}`
    }
    expect(pages).toEqual([['before'], ['first', 'second'], ['third'], ['last']])
  })

  it('of an object that is gone, or whose name another one has now, are said to be missing', async () => {
    await gateways.write(0, [
      [0, intentOf(A, '1', { grant: 'gone' })],
      [1, intentOf(A, '2', { grant: 'of-another' })],
      [2, filed('3', 'hold-gone')],
      [3, filed('4', 'hold-made-later')],
      [4, intentOf(A, '5', { grant: 'g' })],
    ])
    const { api } = await gateways.serve()
    const extensions = [{ requestName: 'of-another-grant', time: at(0), expiresAt: at(9_000_000) }]
    await put(api.store, 'accessrequests', asked('of-another-grant', 0, { extension: { grantUID: 'uid-other', expiresAt: at(99_000) } }))
    const other = grantOf('of-another', { ...ABOUT, owner: 'oidc:b' })
    await put(api.store, 'accessgrants', other)
    await put(api.store, 'accessrequests', asked('hold-made-later', 3_600_000, {}, A))
    await put(api.store, 'accessgrants', granted('g', 0, { extensions }))
    await put(api.store, 'accessrequests', { ...asked('g', 0, {}, B), metadata: { name: 'g', uid: 'uid-of-another-one' } })
    const page = await read(api)
    const { untold } = page
    expect(words(page)).toEqual(['Extended of-another-grant'])
    expect(untold).toEqual([
      { resource: 'accessrequests', name: 'hold-gone', reason: 'NotKept' },
      { resource: 'accessrequests', name: 'hold-made-later', reason: 'NotKept' },
      { resource: 'accessgrants', name: 'gone', reason: 'NotKept' },
      { resource: 'accessgrants', name: 'of-another', reason: 'NotKept' },
      { resource: 'accessrequests', name: 'g', reason: 'NotKept' },
      { resource: 'accessrequests', name: 'of-another-grant', reason: 'NotKept' },
    ])
  })
})

it('grants that a session does not list are said to be missing, and its terminals are counted', async () => {
  await gateways.write(
    0,
    Array.from({ length: 66 }, (_, index) => [index, intentOf(A, `i${index}`, { grant: `g-${index}` })] as const),
  )
  await gateways.write(
    1,
    Array.from({ length: 40 }, (_, index) => [index, openedOf(A, `t${index}`)] as const),
  )
  const { api } = await gateways.serve()
  const { untold = [] } = await read(api)
  expect(untold.filter(({ reason }) => reason === 'NotListed')).toEqual([
    { resource: 'accessgrants', name: 'after the first 64', reason: 'NotListed' },
  ])
  const { status } = (await api.send(AUDITOR, `GET accesssessions/${NAME}`)).body as never as AccessSession
  expect([status?.terminals?.length, status?.moreTerminals, status?.truncated]).toEqual([32, 8, ['grants', 'terminals']])
})

const setUp = async (rights: Parameters<typeof gateways.serve>[0]): Promise<Served> => {
  await gateways.write(0, [[0, intentOf(A, '1', { grant: 'g', policy: 'ci', namespace: 'shop' })]])
  const { api } = await gateways.serve(rights)
  await put(api.store, 'accessrequests', { ...asked('g', 0, { grantName: 'g' }, A), spec: { ...asked('g', 0, {}, A).spec, policy: 'other' } })
  const grant = granted('g', 0, { conditions: [since('Revoked', 0, 'oidc:z: secret words')] })
  await put(api.store, 'accessgrants', { ...grant, spec: { ...grant.spec, policy: 'other' } })
  return api
}

describe('who sees the decisions', () => {
  const hidden = [{ resource: 'accessgrants', name: 'g', reason: 'NotVisible' }]

  it('not who sees the session, but neither the request nor the grant', async () => {
    // The session is under "ci", the grant under "other".
    const api = await setUp((_, { verb, name }) => verb === 'certify' && name === 'ci')
    const page = await read(api, user('approver'))
    expect([page.decisions, page.untold]).toEqual([[], hidden])
    expect(JSON.stringify(page)).not.toContain('secret words')
  })
  it.each([
    ['accesssessions', []],
    ['accessgrants', ['Revoked']],
    ['accessrequests', ['Requested']],
  ])('each by its own right: view on %s', async (resource, seen) => {
    const api = await setUp((_, attributes) => attributes.verb === 'view' && ['accesssessions', resource].includes(attributes.resource))
    const { decisions } = await read(api, user('auditor'))
    expect(decisions.map(({ decision }) => decision)).toEqual(seen)
  })
  it('nobody by what was read for another user just before', async () => {
    const api = await setUp(({ username }, { verb, name }) => (username === 'auditor' ? verb === 'view' : verb === 'certify' && name === 'ci'))
    expect((await read(api)).decisions).toHaveLength(2)
    const page = await read(api, user('approver'))
    expect([page.decisions, page.untold]).toEqual([[], hidden])
  })
  it('nobody who may not get the objects, whatever they may decide', async () => {
    const api = await setUp((_, { verb }) => verb === 'view')
    api.refuses = ({ verb, resource }) => verb === 'get' && resource === 'accessgrants'
    const page = await read(api)
    expect([words(page), page.untold]).toEqual([['Requested g oidc:a'], hidden])
  })
  it('and what is new some seconds later', async () => {
    const api = await setUp((_, { verb }) => verb === 'view')
    expect((await read(api)).decisions).toHaveLength(2)
    await put(api.store, 'accessrequests', asked('another', 0, {}, A))
    api.clock.now += 5_000
    expect((await read(api)).decisions).toHaveLength(3)
  })
  it.each([
    ['accesssessions', []],
    ['breakglassreviews', ['Unjustified']],
  ])('of a use of break-glass, its review by its own right: view on %s', async (resource, seen) => {
    const api = await setUp(
      (_, attributes) => attributes.verb === 'view' && ['accesssessions', 'accessrequests', resource].includes(attributes.resource),
    )
    const request = asked('urgent', 0, { grantName: 'urgent' }, A)
    await put(api.store, 'accessrequests', { ...request, spec: { ...request.spec, breakGlass: true } })
    const { spec } = grantOf('urgent', ABOUT)
    await api.store.commit([
      {
        resource: 'breakglassreviews',
        name: reviewNameOf(request),
        expected: 0,
        value: {
          metadata: { name: reviewNameOf(request) },
          spec: { ...spec, grantName: 'urgent', policies: ['ci'] },
          status: { conditions: [since('Unjustified', 1000, 'not urgent')], reviewer: { username: 'oidc:z' } },
        },
      },
    ])
    const { decisions } = await read(api)
    expect(decisions.filter(({ request: name, decision }) => name === 'urgent' && decision !== 'Requested').map(({ decision }) => decision)).toEqual(
      seen,
    )
  })
})
