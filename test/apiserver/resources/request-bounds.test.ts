import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sweep } from '../../../apiserver/retention.ts'
import type { AccessPolicySpec } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { policy } from '../../domain/builders.ts'
import { grantOf, put, requestOf, serveApi, user, type Served } from './served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const HOUR_MS = 3_600_000
const AGENT = user('mallory')
const ask = (name: string, more: object = {}) => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name },
  spec: { policy: 'agents', rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'], resourceNames: [name] }], ...more },
})

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
  await governed('agents', { maxPending: 3, perHour: 5 })
})
afterEach(() => api.close())

const governed = (name: string, requests: AccessPolicySpec['requests']) =>
  put(
    api.store,
    'accesspolicies',
    policy(name, { subjects: ['mallory', 'ann'].map((each) => ({ kind: 'User', name: each })), ...(requests === undefined ? {} : { requests }) }),
  )
const file = (name: string, as = AGENT, more?: object) => api.send(as, 'POST accessrequests', { body: ask(name, more) })
const codes = async (...names: readonly string[]) => {
  const made: number[] = []
  for (const name of names) made.push((await file(name)).code)
  return made
}

describe('the quota of a requester', () => {
  it('is maxPending undecided requests, and the refusal says when the next is possible', async () => {
    expect(await codes('a', 'b', 'c')).toEqual([201, 201, 201])
    const { code, body, headers } = await file('d')
    expect([code, body['reason'], body['details']]).toEqual([
      429,
      'TooManyRequests',
      expect.objectContaining({ causes: [expect.objectContaining({ reason: 'TooManyPending' })] }),
    ])
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await api.store.get('accessrequests', 'd')).toBeUndefined()
    expect((await api.send(AGENT, 'POST accessrequests?dryRun=All', { body: ask('d') })).code).toBe(429)
  })

  it('is freed when a request is decided or expires', async () => {
    await codes('a', 'b', 'c')
    const body = { status: { conditions: [{ type: 'Withdrawn', status: 'True' }] } } as const
    expect((await api.send(AGENT, 'PATCH accessrequests/a/approval', { body, type: 'application/merge-patch+json' })).code).toBe(403)
    const stored = await api.store.get('accessrequests', 'a')
    await put(api.store, 'accessrequests', { ...(stored?.value as unknown as AccessRequest), ...body })
    expect(await codes('d', 'e')).toEqual([201, 429])
    api.clock.now += HOUR_MS
    expect((await file('f')).code).toBe(201)
  })

  it('is perHour requests, including decided and deleted ones', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      expect((await file(name)).code).toBe(201)
      await api.store.commit([
        { resource: 'accessrequests', name, expected: (await api.store.get('accessrequests', name))?.version ?? 0, value: null },
      ])
      api.clock.now += 60_000
    }
    const { code, body } = await file('f')
    expect([code, body['message']]).toEqual([429, expect.stringContaining('the next is possible in 55 min')])
    api.clock.now += 55 * 60_000
    expect(await codes('f', 'g')).toEqual([201, 429])
  })

  it('applies to concurrent requests', async () => {
    const bodies = Array.from({ length: 20 }, (_, index) => file(`a${index}`))
    const made = (await Promise.all(bodies)).map(({ code }) => code)
    expect(made.filter((code) => code === 201)).toHaveLength(3)
    expect(made.filter((code) => code === 429)).toHaveLength(17)
  })

  it('does not limit other requesters', async () => {
    expect(await codes('a', 'b', 'c', 'd')).toEqual([201, 201, 201, 429])
    expect((await file('d', user('ann'))).code).toBe(201)
  })

  it('comes from the strictest policy of the requester, with the defaults 30 and 120', async () => {
    await governed('more', { maxPending: 1 })
    expect(await codes('a', 'b')).toEqual([201, 429])
    await governed('more', undefined)
    await governed('agents', undefined)
    const names = Array.from({ length: 30 }, (_, index) => `n${index}`)
    expect((await codes(...names)).filter((code) => code === 201)).toHaveLength(29)
  })

  it('is shared by both names of a ServiceAccount', async () => {
    const subjects = [{ kind: 'ServiceAccount', name: 'bot', namespace: 'ci' }] as const
    await put(api.store, 'accesspolicies', policy('bots', { subjects, requests: { maxPending: 1 } }))
    const [one, other] = [user('system:serviceaccount:ci:bot'), user('jit.access:serviceaccount:ci:bot', 'jit.access:agents')]
    expect((await file('a', one, { policy: 'bots' })).code).toBe(201)
    expect((await file('b', other, { policy: 'bots' })).code).toBe(429)
  })

  it('is 64 KiB per request, including labels and annotations', async () => {
    const names = Array.from({ length: 64 }, (_, index) => `${'x'.repeat(240)}${index}`)
    const rules = Array.from({ length: 8 }, () => ({ verbs: ['get'], resources: ['pods'], namespaces: ['shop'], resourceNames: names }))
    const large = await file('a', AGENT, { rules })
    expect([large.code, large.body['message']]).toEqual([413, expect.stringContaining('65536')])
    const noted = { ...ask('b'), metadata: { name: 'b', annotations: { note: 'x'.repeat(70_000) } } }
    expect((await api.send(AGENT, 'POST accessrequests', { body: noted })).code).toBe(413)
    expect((await file('c', AGENT, { rules: rules.slice(0, 3) })).code).toBe(201)
  })
})

it('a list without a limit is split at 2 MiB, and its pages contain all objects', async () => {
  const reason = 'x'.repeat(4000)
  const made = Array.from({ length: 900 }, (_, index) => `n${String(index).padStart(3, '0')}`)
  for (const name of made) {
    const object = requestOf(name, { owner: 'mallory', policy: 'agents', namespaces: ['shop'] })
    await put(api.store, 'accessrequests', { ...object, spec: { ...object.spec, reason } })
  }
  const names: string[] = []
  const sizes: number[] = []
  for (let token = ''; ;) {
    const { body, text } = await api.send(AGENT, `GET accessrequests${token === '' ? '' : `?continue=${token}`}`)
    const list = body as unknown as { items: AccessRequest[]; metadata: { continue?: string } }
    names.push(...list.items.map(({ metadata }) => metadata.name))
    sizes.push(text.length)
    token = list.metadata.continue ?? ''
    if (token === '') break
  }
  expect(names).toEqual(made)
  expect(sizes.length).toBeGreaterThan(1)
  expect(Math.max(...sizes)).toBeLessThan(2.5 * 1024 * 1024)
})

const DAY = 24 * 3600
const at = (ms: number): string => new Date(ms).toISOString()
const decided = (name: string, type: string, time: number, grantName?: string): AccessRequest => {
  const object = requestOf(name, { owner: 'mallory', policy: 'agents', namespaces: ['shop'] })
  const conditions = [{ type, status: 'True', lastTransitionTime: at(time) }] as const
  return { ...object, status: { expiresAt: at(START + HOUR_MS), conditions, ...(grantName === undefined ? {} : { grantName }) } }
}
/** Names of the stored objects. */
const left = async (resource: string) => (await api.store.list(resource)).entries.map(({ name }) => name)
const large = (name: string, owner: string, ms: number): AccessRequest => {
  const object = decided(name, 'Denied', ms)
  return { ...object, spec: { ...object.spec, requester: { username: owner }, reason: 'x'.repeat(1024 * 1024) } }
}

const after = (days: number) => sweep(api.store, START + days * DAY * 1000, 7 * DAY)

describe('retention', () => {
  it('deletes decided and expired requests after the retention time and not before', async () => {
    await put(api.store, 'accessrequests', decided('denied', 'Denied', START))
    await put(api.store, 'accessrequests', { ...decided('expired', 'Denied', 0), status: { expiresAt: at(START + DAY * 1000) } })
    await put(api.store, 'accessrequests', { ...decided('pending', 'Denied', 0), status: { expiresAt: at(START + 30 * DAY * 1000) } })
    await put(api.store, 'accessrequests', { ...decided('kept', 'Denied', START), metadata: { name: 'kept', finalizers: ['a/b'] } })
    await after(6.9)
    expect(await left('accessrequests')).toEqual(['denied', 'expired', 'kept', 'pending'])
    await after(7)
    expect(await left('accessrequests')).toEqual(['expired', 'kept', 'pending'])
    await after(8)
    expect(await left('accessrequests')).toEqual(['kept', 'pending'])
  })

  it('deletes an ended grant and then its request, and neither while the grant is active', async () => {
    const grant = (name: string, days: number) => {
      const object = grantOf(name, { owner: 'mallory', policy: 'agents', namespaces: ['shop'] })
      return { ...object, spec: { ...object.spec, expiresAt: at(START + days * DAY * 1000) } }
    }
    for (const [name, days] of [
      ['short', 1],
      ['long', 5],
      ['lives', 60],
    ] as const) {
      await put(api.store, 'accessrequests', decided(name, 'Approved', START, name))
      await put(api.store, 'accessgrants', grant(name, days))
    }
    const revoked = grant('lives', 60)
    await after(8)
    expect([await left('accessgrants'), await left('accessrequests')]).toEqual([
      ['lives', 'long'],
      ['lives', 'long'],
    ])
    await after(30)
    expect([await left('accessgrants'), await left('accessrequests')]).toEqual([['lives'], ['lives']])
    const conditions = [{ type: 'Revoked', status: 'True', lastTransitionTime: at(START + 30 * DAY * 1000) }]
    await put(api.store, 'accessgrants', { ...revoked, status: { conditions } } as object as typeof revoked)
    await after(36.9)
    expect(await left('accessgrants')).toEqual(['lives'])
    await after(37)
    expect([await left('accessgrants'), await left('accessrequests')]).toEqual([[], []])
  })

  it('adds the condition Expired to an expired request, so that watches receive an event', async () => {
    await put(api.store, 'accessrequests', { ...decided('old', 'Denied', 0), status: { expiresAt: at(START) } })
    await sweep(api.store, START + 1, 7 * DAY)
    const entry = await api.store.get('accessrequests', 'old')
    expect(entry?.value['status']).toMatchObject({ conditions: [{ type: 'Expired', status: 'True', lastTransitionTime: at(START) }] })
    await sweep(api.store, START + 2, 7 * DAY)
    expect((await api.store.get('accessrequests', 'old'))?.version).toBe(entry?.version)
  })

  it("limits the bytes of a requester by deleting the oldest ended requests, and keeps other requesters' objects", async () => {
    for (let index = 10; index < 30; index += 1) await put(api.store, 'accessrequests', large(`m${index}`, 'mallory', START + index))
    await put(api.store, 'accessrequests', large('ann', 'ann', START))
    await put(api.store, 'accessrequests', { ...large('m00', 'mallory', 0), status: { expiresAt: at(START + 30 * DAY * 1000) } })
    await after(1)
    const names = await left('accessrequests')
    expect(names).toContain('ann')
    expect(names).toContain('m00')
    expect(names).toContain('m29')
    expect(names).not.toContain('m10')
    expect(names.length).toBeLessThanOrEqual(17)
  })

  it('deletes the counter of a requester without requests in the last hour', async () => {
    await file('a')
    await sweep(api.store, START + 60_000, 7 * DAY)
    expect(await left('requestusage')).toHaveLength(1)
    await sweep(api.store, START + 2 * HOUR_MS, 7 * DAY)
    expect(await left('requestusage')).toHaveLength(0)
  })
})
