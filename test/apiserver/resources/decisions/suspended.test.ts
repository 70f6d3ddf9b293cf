import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Identity } from '../../../../domain/identity.ts'
import { policy } from '../../../domain/builders.ts'
import { AGENT as GLASSY_AGENT, breakGlass, causesOf, decide as review, glassy, reviewNames } from '../break-glass/break-glass-agents.ts'
import { grantOf, put, requestOf, serveApi, user, type Answer, type Served } from '../served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const MERGE = 'application/merge-patch+json'
const ADMIN = user('admin', 'system:masters')
const ANN = user('ann', 'sre')
const BOB = user('bob', 'sre')
const WATCHED = user('oidc:watched', 'watched')
const condition = (type: string) => ({ status: { conditions: [{ type, status: 'True', message: 'seen' }] } })

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
  api.rights = () => true
  await put(api.store, 'accesspolicies', policy('agents', { subjects: [{ kind: 'User', name: 'mallory' }], approvals: { required: 2 } }))
  // RBAC gives these agents too much, and nothing is enforced for them.
  await put(api.store, 'accesspolicies', policy('trial', { mode: 'Shadow', subjects: [{ kind: 'Group', name: 'watched' }] }))
  const filed = requestOf('filed', { owner: 'mallory', policy: 'agents', namespaces: ['shop'] })
  await put(api.store, 'accessrequests', { ...filed, status: { expiresAt: '2026-11-25T13:00:00Z', risk: 'Low' } })
})
afterEach(() => api.close())

const suspend = (name: string, spec: object) =>
  api.send(ADMIN, 'POST accesssuspensions', {
    body: { apiVersion: 'jit.access/v1', kind: 'AccessSuspension', metadata: { name }, spec: { reason: 'its token was stolen', ...spec } },
  })
const decide = (as: Identity, type = 'Approved') =>
  api.send(as, 'PATCH accessrequests/filed/approval', { type: MERGE, body: { status: { conditions: [{ type, status: 'True' }] } } })
const lift = (as: Identity, name = 'stop') => api.send(as, `PATCH accesssuspensions/${name}/lift`, { type: MERGE, body: condition('Lifted') })
const outcome = (answer: Answer) => [answer.code, causesOf(answer)[0]?.reason]
const BY = { ann: { subjects: [{ kind: 'User', name: 'Ann' }] }, watched: { policy: 'trial' }, all: { all: true } } as const

describe.each([
  ['an approver by name', BY.ann, ANN],
  ['a subject of a policy in Shadow mode', BY.watched, WATCHED],
  ['every agent, and one that is in Shadow mode', BY.all, WATCHED],
])('while %s is suspended', (_, spec, who) => {
  beforeEach(() => suspend('stop', spec))

  it('it neither approves nor denies', async () => {
    for (const type of ['Approved', 'Denied']) expect(outcome(await decide(who, type))).toEqual([403, 'Suspended'])
  })

  it('it reviews no use of break-glass', async () => {
    await lift(BOB)
    await put(api.store, 'accesspolicies', glassy('a'))
    await breakGlass(api, 'one', GLASSY_AGENT)
    await suspend('again', spec)
    const [name = ''] = await reviewNames(api)
    expect(outcome(await review(api, name, 'Justified', { as: who }))).toEqual([403, 'Suspended'])
    await lift(BOB, 'again')
    expect((await review(api, name, 'Justified', { as: ANN })).code).toBe(200)
  })

  it('it lifts no suspension, its own least of all, and others do', async () => {
    expect(outcome(await lift(who))).toEqual([403, 'Suspended'])
    expect((await lift(BOB)).code).toBe(200)
    expect((await decide(who)).code).toBe(200)
  })
})

it('a suspended user suspends nobody: it could keep the others from lifting', async () => {
  await suspend('stop', BY.ann)
  const body = {
    apiVersion: 'jit.access/v1',
    kind: 'AccessSuspension',
    metadata: { name: 'revenge' },
    spec: { reason: 'x', subjects: [{ kind: 'Group', name: 'sre' }] },
  }
  expect(outcome(await api.send(ANN, 'POST accesssuspensions', { body }))).toEqual([403, 'Suspended'])
  expect((await lift(BOB)).code).toBe(200)
})

it('people on call are not agents: a suspension of all agents stops none of them', async () => {
  await suspend('stop', BY.all)
  expect((await decide(BOB, 'Denied')).code).toBe(200)
  expect((await lift(ANN)).code).toBe(200)
})

it('the administrators of the cluster can always lift a suspension', async () => {
  await suspend('stop', { subjects: [{ kind: 'User', name: 'admin' }] })
  expect((await lift(ADMIN)).code).toBe(200)
})

it('an approval does not count while its approver is suspended, and counts again afterwards', async () => {
  expect((await decide(ANN)).code).toBe(200)
  await suspend('stop', BY.ann)
  const second = await decide(BOB)
  expect([second.code, second.body['status']]).toMatchObject([200, { phase: 'Pending', reviews: [{ lapsed: true }, {}] }])
  await lift(BOB)
  const third = await decide(user('carl', 'sre'))
  expect(third.body['status']).toMatchObject({ phase: 'Approved', approvals: { given: 3 } })
})

describe('a suspension of a policy that governs in another cluster', () => {
  it('stops requests, approvals and uses for that cluster', async () => {
    await put(api.store, 'accesspolicies', policy('east', { clusters: ['east'], subjects: [{ kind: 'User', name: 'eve' }] }))
    const about = { owner: 'eve', policy: 'east', namespaces: ['shop'] }
    const [request, grant] = [requestOf('far', about), grantOf('given', about)]
    const status = { expiresAt: '2026-11-25T13:00:00Z', risk: 'Low' as const }
    await put(api.store, 'accessrequests', { ...request, spec: { ...request.spec, cluster: 'east' }, status })
    await put(api.store, 'accessgrants', { ...grant, spec: { ...grant.spec, cluster: 'east' } })
    const tries = async () => [
      await api.send(user('eve'), 'POST accessrequests', {
        body: {
          apiVersion: 'jit.access/v1',
          kind: 'AccessRequest',
          metadata: { name: 'new' },
          spec: { cluster: 'east', rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'] }] },
        },
      }),
      await api.send(BOB, 'PATCH accessrequests/far/approval', {
        type: MERGE,
        body: { status: { conditions: [{ type: 'Approved', status: 'True' }] } },
      }),
      await api.send(ADMIN, 'POST accessgrants/given/claim', { body: { apiVersion: 'jit.access/v1', kind: 'GrantClaim', spec: { auditID: 'a' } } }),
    ]
    await suspend('stop', { policy: 'east' })
    expect((await tries()).map(outcome)).toEqual([403, 403, 409].map((code) => [code, 'Suspended']))
    await lift(BOB)
    expect((await tries()).map(({ code }) => code)).toEqual([201, 200, 201])
  })
})
