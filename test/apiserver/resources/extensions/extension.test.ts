import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { grantPhase } from '../../../../domain/api/access-grant.ts'
import { put, serveApi, type Served } from '../served-api.ts'
import {
  AGENT,
  agents,
  approve,
  at,
  claim,
  eventsOf,
  faultsOf,
  file,
  grantOf,
  granted,
  install,
  OTHER,
  requestOf,
  RULES,
  SAM,
  START,
} from './extending.ts'

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
})
afterEach(() => api.close())

const later = (seconds: number): void => void (api.clock.now = START + seconds * 1000)
const EXTEND = { extends: 'first', durationSeconds: 1200, reason: 'the rollout takes longer' }

describe('an extension', () => {
  it('has what the grant gives, and moves its end when it is approved', async () => {
    await install(api, agents())
    await granted(api, { maxUses: 5 })
    await claim(api, 'first', 'use-1')
    const before = await grantOf(api)
    later(300)
    const { code, body } = await file(api, 'more', EXTEND)
    expect([code, body]).toMatchObject([
      201,
      {
        spec: { extends: 'first', rules: RULES, maxUses: 5, policy: 'agents', durationSeconds: 1200, requester: { username: 'oidc:agent' } },
        status: { phase: 'Pending', risk: 'Medium', extension: { grantUID: before.metadata.uid } },
      },
    ])
    later(400)
    expect((await approve(api, 'more')).body).toMatchObject({
      status: { phase: 'Approved', grantName: 'first', extension: { grantUID: before.metadata.uid, expiresAt: at(1600) } },
    })
    const after = await grantOf(api)
    expect(after).toEqual({
      ...before,
      status: { ...before.status, extensions: [{ requestName: 'more', time: '2026-11-25T12:06:40Z', expiresAt: at(1600) }] },
    })
    expect([grantPhase(after, START + 1_599_999), grantPhase(after, START + 1_600_000)]).toEqual(['Active', 'Expired'])
    expect((await api.store.list('accessgrants')).entries).toHaveLength(1)
  })

  it('is recorded with both ends, beside the approval', async () => {
    await install(api, agents())
    await granted(api)
    await file(api, 'more', EXTEND)
    await approve(api, 'more')
    const events = (await eventsOf(api)).slice(-2)
    expect(events).toMatchObject([
      {
        event: 'access.extended',
        by: 'rita',
        user: 'oidc:agent',
        request: 'more',
        grant: 'first',
        policy: 'agents',
        before: at(600),
        expiresAt: at(1200),
      },
      { event: 'access.decided', decision: 'Approved', request: 'more', asks: 'extend first: patch deployments.apps -n shop' },
    ])
    const [one, other] = events as readonly { readonly auditID?: string }[]
    expect(one?.auditID).toBe(other?.auditID)
  })

  it('needs every approval of a new request', async () => {
    await install(api, agents({}, { approvals: { required: 2 } }))
    await file(api, 'first', { rules: RULES })
    for (const as of [SAM, undefined]) await approve(api, 'first', as === undefined ? {} : { as })
    await file(api, 'more', EXTEND)
    expect((await approve(api, 'more')).body).toMatchObject({ status: { phase: 'Pending', approvals: { given: 1, required: 2 } } })
    expect((await grantOf(api)).status?.extensions).toBeUndefined()
    expect((await approve(api, 'more', { as: AGENT })).code).toBe(403)
    expect((await approve(api, 'more', { as: SAM })).body).toMatchObject({ status: { phase: 'Approved' } })
    expect((await grantOf(api)).status?.extensions).toHaveLength(1)
  })

  it('waits for an approver, also where a rule approved the first request', async () => {
    await install(api, agents({}, { approvals: { autoApprove: [{ name: 'any', condition: 'true' }] } }))
    expect((await file(api, 'first', { rules: RULES })).body).toMatchObject({ status: { phase: 'Approved' } })
    expect((await file(api, 'more', EXTEND)).body).toMatchObject({ status: { phase: 'Pending', autoApproval: { outcome: 'NotEligible' } } })
    expect((await grantOf(api)).status?.extensions).toBeUndefined()
    expect((await approve(api, 'more')).code).toBe(200)
  })

  it('follows others, and each counts from its own approval', async () => {
    await install(api, agents())
    await granted(api)
    await file(api, 'a', { ...EXTEND, durationSeconds: 700 })
    await file(api, 'b', { ...EXTEND, durationSeconds: 900 })
    later(100)
    await approve(api, 'b')
    expect(faultsOf(await approve(api, 'a'))).toEqual(['spec.durationSeconds: FieldValueInvalid'])
    later(500)
    await approve(api, 'a')
    expect((await grantOf(api)).status?.extensions?.map(({ requestName, expiresAt }) => [requestName, expiresAt])).toEqual([
      ['b', at(1000)],
      ['a', at(1200)],
    ])
  })

  it('expires with its grant when nobody decides, or with its policies if that is sooner', async () => {
    await install(api, agents())
    await granted(api)
    expect((await file(api, 'more', EXTEND)).body).toMatchObject({ status: { expiresAt: '2026-11-25T12:10:00Z' } })
    await install(api, agents({ pendingTTLSeconds: 60 }))
    expect((await file(api, 'less', { ...EXTEND, durationSeconds: 1000 })).body).toMatchObject({ status: { expiresAt: '2026-11-25T12:01:00Z' } })
    later(600)
    expect((await approve(api, 'more')).code).toBe(409)
  })

  it('of a dry run checks the same and changes nothing', async () => {
    await install(api, agents())
    await granted(api)
    const before = await grantOf(api)
    const dry = await file(api, 'more', EXTEND, { query: '?dryRun=All' })
    expect([dry.code, dry.body]).toMatchObject([201, { spec: { rules: RULES }, status: { approvals: { required: 1 } } }])
    expect(await api.store.get('accessrequests', 'more')).toBeUndefined()
    await file(api, 'more', EXTEND)
    expect((await approve(api, 'more', { query: '?dryRun=All' })).body).toMatchObject({ status: { extension: { expiresAt: at(1200) } } })
    expect(await grantOf(api)).toEqual(before)
    expect((await requestOf(api, 'more')).status?.conditions).toBeUndefined()
  })

  it('of revealed Secrets reveals the same for longer', async () => {
    await install(api, agents())
    const reveal = [{ namespace: 'shop', secret: 'db', keys: ['password'] }]
    await granted(api, { rules: [], reveal })
    expect((await file(api, 'more', EXTEND)).body).toMatchObject({ spec: { reveal }, status: { risk: 'High' } })
    expect((await approve(api, 'more')).code).toBe(200)
  })

  it('that was approved is not deleted with a record of an end: the grant stays', async () => {
    await install(api, agents())
    await granted(api)
    await file(api, 'more', EXTEND)
    await approve(api, 'more')
    const events = await eventsOf(api)
    expect((await api.send(SAM, 'DELETE accessrequests/more')).code).toBe(200)
    expect([(await eventsOf(api)).length, grantPhase(await grantOf(api), api.clock.now)]).toEqual([events.length, 'Active'])
  })
})

describe('the end is never later than', () => {
  it('the longest duration of the policies after the approval', async () => {
    await install(api, agents({ maxDurationSeconds: 1000 }))
    await granted(api)
    expect(faultsOf(await file(api, 'more', EXTEND))).toEqual(['spec.durationSeconds: FieldValueInvalid'])
    await file(api, 'more', { ...EXTEND, durationSeconds: 1000 })
    await install(api, agents({ maxDurationSeconds: 700 }))
    expect(faultsOf(await approve(api, 'more'))).toEqual(['spec.durationSeconds: FieldValueInvalid'])
    expect((await approve(api, 'more', { narrowed: { durationSeconds: 700 } })).code).toBe(200)
    expect((await grantOf(api)).status?.extensions).toMatchObject([{ expiresAt: at(700) }])
  })
  it('maxTotalSeconds after its start, of the strictest policy', async () => {
    await install(api, agents({ maxTotalSeconds: 9000 }), { ...agents({ maxTotalSeconds: 900 }), metadata: { name: 'strict' } })
    await granted(api, { policy: 'agents' })
    later(500)
    await file(api, 'more', { ...EXTEND, durationSeconds: 900 })
    await approve(api, 'more')
    expect((await grantOf(api)).status?.extensions).toMatchObject([{ expiresAt: at(900) }])
    const refused = await file(api, 'again', { ...EXTEND, durationSeconds: 800 })
    expect([refused.code, faultsOf(refused)]).toEqual([422, ['spec.durationSeconds: FieldValueInvalid']])
    expect(refused.body['message']).toContain('allow 900 seconds from its start')
  })
  it('an approver leaves', async () => {
    await install(api, agents())
    await granted(api)
    await file(api, 'more', EXTEND)
    await approve(api, 'more', { narrowed: { durationSeconds: 800 } })
    expect((await grantOf(api)).status?.extensions).toMatchObject([{ expiresAt: at(800) }])
  })
})

describe('refused at the creation', () => {
  beforeEach(async () => {
    await install(api, agents())
    await granted(api)
  })
  it.each([
    ['the grant of somebody else', OTHER, EXTEND],
    ['no grant', AGENT, { ...EXTEND, extends: 'none' }],
    ['an empty name', AGENT, { ...EXTEND, extends: '' }],
  ])('%s, with the same answer', async (_, as, spec) => {
    const { code, body } = await file(api, 'more', spec, { as })
    expect([code, body['message']]).toEqual([
      422,
      `AccessRequest.jit.access "more" is invalid: spec.extends: Invalid value: "${spec.extends}": you have no such grant; list yours: kubectl get accessgrants`,
    ])
  })
  it.each<readonly [string, object, readonly string[]]>([
    ['other rules', { rules: [{ verbs: ['delete'], resources: ['pods'], namespaces: ['shop'] }] }, ['spec.rules: FieldValueInvalid']],
    ['more uses', { maxUses: 9 }, ['spec.maxUses: FieldValueInvalid']],
    ['more Secrets', { reveal: [{ namespace: 'shop', secret: 'db', keys: ['a'] }] }, ['spec.reveal: FieldValueInvalid']],
    ['another policy', { policy: 'lax' }, ['spec.policy: FieldValueInvalid']],
    ['another cluster', { cluster: 'other' }, ['spec.cluster: FieldValueInvalid']],
    ['a start', { notBefore: at(60) }, ['spec.notBefore: FieldValueForbidden']],
    ['break-glass', { breakGlass: true }, ['spec.breakGlass: FieldValueForbidden']],
    ['no more time than is left', { durationSeconds: 600 }, ['spec.durationSeconds: FieldValueInvalid']],
    ['the default duration, if it adds nothing', { durationSeconds: undefined }, ['spec.durationSeconds: FieldValueInvalid']],
  ])('%s', async (_, more, faults) => {
    const answer = await file(api, 'more', { ...EXTEND, ...more })
    expect([answer.code, faultsOf(answer)]).toEqual([422, faults])
    expect(await api.store.get('accessrequests', 'more')).toBeUndefined()
  })
  it('but not the same rules, spelled out', async () =>
    expect((await file(api, 'more', { ...EXTEND, rules: RULES, policy: 'agents' })).code).toBe(201))
  it('a reason that the policies require', async () => {
    await install(api, agents({ reason: { required: true } }))
    expect(faultsOf(await file(api, 'more', { ...EXTEND, reason: '' }))).toEqual(['spec.reason: FieldValueRequired'])
  })
  it('the second request for the same extension', async () => {
    await file(api, 'more', EXTEND)
    expect(faultsOf(await file(api, 'again', EXTEND))).toEqual(['accessrequest: AlreadyPending'])
  })
  it('limits that became stricter than those of the grant', async () => {
    for (const requests of [{ idleSeconds: 60 }, { maxUses: 3 }, { maxUsesByClass: { delete: 1 } }]) {
      await install(api, agents(requests))
      const answer = await file(api, 'more', EXTEND)
      expect([answer.code, answer.text]).toEqual([422, expect.stringContaining(`spec.requests.${Object.keys(requests)[0] ?? ''}`)])
    }
  })
  it('a policy that no longer governs the agent', async () => {
    await put(api.store, 'accesspolicies', { ...agents(), spec: { subjects: [{ kind: 'Group', name: 'others' }] } })
    expect((await file(api, 'more', EXTEND)).code).toBe(403)
  })
})
