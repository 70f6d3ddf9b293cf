import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sweep } from '../../../../apiserver/retention.ts'
import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import { policy } from '../../../domain/builders.ts'
import { put, serveApi, user, type Served } from '../served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const MINUTE_MS = 60_000
const SECONDS = 600
const WEEK_SECONDS = 7 * 24 * 3600
const AGENT = user('agent')
const APPROVER = user('approver')
const GATEWAY = user('system:serviceaccount:jit-access:jit-gateway')

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
  api.rights = () => true
  await put(api.store, 'accesspolicies', policy('p', { subjects: [{ kind: 'User', name: 'agent' }], requests: { maxPending: 2, perHour: 3 } }))
})
afterEach(() => api.close())

const jumpTo = (minutes: number): void => void (api.clock.now = START + minutes * MINUTE_MS)
const file = (name: string, more: object = {}) =>
  api.send(AGENT, 'POST accessrequests', {
    body: {
      apiVersion: 'jit.access/v1',
      kind: 'AccessRequest',
      metadata: { name },
      spec: {
        rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'], resourceNames: [name] }],
        durationSeconds: SECONDS,
        maxUses: 3,
        ...more,
      },
    },
  })
const decide = (name: string, type: string, by = APPROVER) =>
  api.send(by, `PATCH accessrequests/${name}/approval`, {
    body: { status: { conditions: [{ type, status: 'True', reason: 'Test' }] } },
    type: 'application/merge-patch+json',
  })
const claim = (name: string, auditID: string) =>
  api.send(GATEWAY, `POST accessgrants/${name}/claim`, { body: { apiVersion: 'jit.access/v1', kind: 'GrantClaim', spec: { auditID } } })
const revoke = (name: string) =>
  api.send(APPROVER, `PATCH accessgrants/${name}/revocation`, {
    body: { status: { conditions: [{ type: 'Revoked', status: 'True', reason: 'Test' }] } },
    type: 'application/merge-patch+json',
  })
const grant = async (name = 'a'): Promise<AccessGrant | undefined> =>
  (await api.store.get('accessgrants', name))?.value as unknown as AccessGrant | undefined
const lifeOf = (spec: AccessGrant['spec'] | undefined): number => Date.parse(spec?.expiresAt ?? '') - Date.parse(spec?.notBefore ?? '')

type Step = { readonly to: number; readonly does: 'claim' | 'revoke' | 'approve' | 'sweep' }
const steps = fc.array(
  fc.record({
    to: fc.integer({ min: -90, max: 90 }),
    does: fc.constantFrom('claim', 'claim', 'claim', 'revoke', 'approve', 'sweep'),
  }) as fc.Arbitrary<Step>,
  { minLength: 1, maxLength: 12 },
)

it('whatever the clock does, a grant keeps its limits, is used within them, and does not come back', async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const name = `r${run++}`
      jumpTo(0)
      // A requester of its own, so that quotas of earlier runs do not matter.
      const by = { spec: { subjects: [{ kind: 'User' as const, name: 'agent' }], requests: { maxPending: 500, perHour: 3600 } } }
      await put(api.store, 'accesspolicies', { ...policy('p'), ...by })
      expect((await file(name)).code).toBe(201)
      expect((await decide(name, 'Approved')).code).toBe(200)
      const { spec } = (await grant(name)) ?? {}
      let isRevoked = false
      let isSeenToEnd = false
      let used = 0
      for (const [index, { to, does }] of all.entries()) {
        jumpTo(to)
        const inTime = api.clock.now >= START && api.clock.now < START + SECONDS * 1000 && !isSeenToEnd
        if ((does === 'claim' || does === 'sweep') && !isRevoked && api.clock.now >= START + SECONDS * 1000) isSeenToEnd = true
        if (does === 'claim') {
          const { code } = await claim(name, `${name}-${index}`)
          expect(code).toBe(inTime && !isRevoked && used < 3 ? 201 : 409)
          if (code === 201) used += 1
        }
        if (does === 'revoke') isRevoked = (await revoke(name)).code === 200 || isRevoked
        if (does === 'approve') expect((await decide(name, 'Approved', user('another'))).code).toBe(409)
        if (does === 'sweep') await sweep(api.store, api.clock.now, WEEK_SECONDS)
        const now = await grant(name)
        expect(now?.spec).toEqual(spec)
        expect(now?.status?.uses ?? 0).toBe(used)
      }
    }),
    { numRuns: 40 },
  )
})

const isEnded = async () => (await grant())?.status?.conditions?.find(({ type }) => type === 'Expired')

describe('a grant that was seen to end', () => {
  beforeEach(async () => {
    await file('a')
    await decide('a', 'Approved')
  })
  it.each([
    ['a use', () => claim('a', 'late')],
    ['the sweep', () => sweep(api.store, api.clock.now, WEEK_SECONDS)],
  ])('by %s stays ended when the clock is set back', async (_, look) => {
    jumpTo(30)
    await look()
    expect(await isEnded()).toMatchObject({ status: 'True', reason: 'TimeOver', lastTransitionTime: '2026-11-25T12:10:00.000Z' })
    jumpTo(1)
    const { code, body } = await claim('a', 'again')
    expect([code, (body['details'] as { readonly causes: readonly unknown[] }).causes]).toEqual([
      409,
      [{ reason: 'Expired', message: 'the grant is expired' }],
    ])
    expect((await api.send(APPROVER, 'GET accessgrants/a')).body).toMatchObject({ status: { phase: 'Expired' } })
  })
  it('is marked once, and removed when its retention is over', async () => {
    jumpTo(30)
    await sweep(api.store, api.clock.now, WEEK_SECONDS)
    const { version } = (await api.store.get('accessgrants', 'a')) ?? {}
    await sweep(api.store, api.clock.now, WEEK_SECONDS)
    expect((await api.store.get('accessgrants', 'a'))?.version).toBe(version)
    jumpTo(10 + WEEK_SECONDS / 60)
    await sweep(api.store, api.clock.now, WEEK_SECONDS)
    expect(await grant()).toBeUndefined()
  })
  it('was not, when nobody looked: it lives until its end', async () => {
    jumpTo(30)
    jumpTo(1)
    expect((await claim('a', 'in-time')).code).toBe(201)
    expect(await isEnded()).toBeUndefined()
  })
})

describe('a clock that jumps between a request and its approval', () => {
  it.each([
    ['back', -45],
    ['forward', 45],
  ])('%s changes when the grant begins and not how long it lasts', async (_, minutes) => {
    await file('a')
    jumpTo(minutes)
    expect((await decide('a', 'Approved')).code).toBe(200)
    const { spec } = (await grant()) ?? {}
    expect([spec?.notBefore, lifeOf(spec)]).toEqual([`${new Date(api.clock.now).toISOString().slice(0, 19)}Z`, SECONDS * 1000])
  })

  it('past the time to decide refuses the approval, and a request that was marked as expired stays so when the clock is set back', async () => {
    await file('a')
    jumpTo(90)
    expect((await decide('a', 'Approved')).code).toBe(409)
    await sweep(api.store, api.clock.now, WEEK_SECONDS)
    jumpTo(1)
    expect((await decide('a', 'Approved')).code).toBe(409)
    expect(await grant()).toBeUndefined()
  })

  it('does not start a scheduled grant early', async () => {
    await file('a', { notBefore: new Date(START + 30 * MINUTE_MS).toISOString() })
    jumpTo(-30)
    expect((await decide('a', 'Approved')).code).toBe(200)
    expect((await claim('a', 'early')).code).toBe(409)
    expect((await grant())?.spec.notBefore).toBe(new Date(START + 30 * MINUTE_MS).toISOString())
    expect(lifeOf((await grant())?.spec)).toBe(SECONDS * 1000)
  })
})

it.each(['Denied', 'Withdrawn'])('a request that is %s stays so when the clock is set back to before it was made', async (type) => {
  await file('a')
  jumpTo(10)
  if (type === 'Denied') await decide('a', type)
  else await api.send(AGENT, 'POST accessrequests/a/withdrawal', { body: { apiVersion: 'jit.access/v1', kind: 'RequestWithdrawal', spec: {} } })
  for (const minutes of [-60, 0, 5]) {
    jumpTo(minutes)
    expect((await decide('a', 'Approved')).code).toBe(409)
  }
  expect(await grant()).toBeUndefined()
})

it('a clock that is set back gives a requester no more requests in the hour', async () => {
  expect([(await file('a')).code, (await file('b')).code]).toEqual([201, 201])
  await decide('a', 'Denied')
  await decide('b', 'Denied')
  expect((await file('c')).code).toBe(201)
  jumpTo(-600)
  expect((await file('d')).code).toBe(429)
  jumpTo(0)
  expect((await file('d')).code).toBe(429)
})
