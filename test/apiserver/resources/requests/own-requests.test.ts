import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nameOfKey } from '../../../../domain/api/idempotency-key.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import { policy } from '../../../domain/builders.ts'
import { put, serveApi, user, type Served } from '../served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const HOUR_MS = 3_600_000
const AGENT = user('oidc:agent')
const OTHER = user('oidc:other')
const APPROVER = user('oidc:approver')
const RULE = { verbs: ['get'], resources: ['pods'], namespaces: ['shop'] }

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
  await put(api.store, 'accesspolicies', policy('agents', { subjects: [AGENT, OTHER].map(({ username }) => ({ kind: 'User', name: username })) }))
})
afterEach(() => api.close())

const file = (metadata: object, spec: object = {}, as = AGENT) =>
  api.send(as, 'POST accessrequests', { body: { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata, spec: { rules: [RULE], ...spec } } })
const withdraw = (name: string, as = AGENT, spec: object = {}) =>
  api.send(as, `POST accessrequests/${name}/withdrawal`, { body: { apiVersion: 'jit.access/v1', kind: 'RequestWithdrawal', spec } })
const stored = async (name: string): Promise<AccessRequest | undefined> =>
  (await api.store.get('accessrequests', name))?.value as unknown as AccessRequest | undefined
const decisions = async (): Promise<readonly unknown[]> => (await api.store.list('unrecorded')).entries.map(({ value }) => value)
const decided = async (name: string, type: string): Promise<void> => {
  const request = await stored(name)
  if (request === undefined) throw new Error('no such request')
  await put(api.store, 'accessrequests', { ...request, status: { ...request.status, conditions: [{ type, status: 'True' }] } })
}
const causes = (body: { readonly [field: string]: unknown }): unknown => (body['details'] as { causes?: unknown } | undefined)?.causes

describe('a withdrawal', () => {
  it('ends the pending request of its requester, and is recorded', async () => {
    await file({ name: 'a' })
    const { code, body } = await withdraw('a', AGENT, { message: 'not needed' })
    expect([code, body['status']]).toEqual([201, expect.objectContaining({ phase: 'Withdrawn' })])
    expect((await stored('a'))?.status?.conditions).toMatchObject([{ type: 'Withdrawn', reason: 'ByRequester', message: 'not needed' }])
    expect(await decisions()).toMatchObject([
      { event: 'access.decided', decision: 'Withdrawn', by: 'oidc:agent', user: 'oidc:agent', request: 'a', message: 'not needed' },
    ])
  })
  it('that is repeated changes and records nothing more', async () => {
    await file({ name: 'a' })
    await withdraw('a')
    const before = await stored('a')
    expect((await withdraw('a', AGENT, { message: 'again' })).code).toBe(201)
    expect(await stored('a')).toEqual(before)
    expect(await decisions()).toHaveLength(1)
  })
  it.each(['Approved', 'Denied', 'Expired', 'Failed'])('of a request that is %s is a conflict', async (type) => {
    await file({ name: 'a' })
    await decided('a', type)
    const { code, body } = await withdraw('a')
    expect([code, causes(body)]).toEqual([409, [expect.objectContaining({ reason: type })]])
  })
  it('of a request that expired meanwhile is a conflict', async () => {
    await file({ name: 'a' })
    api.clock.now += 2 * HOUR_MS
    expect((await withdraw('a')).code).toBe(409)
  })
  it('of the request of another agent says that there is none', async () => {
    await file({ name: 'a' })
    expect((await withdraw('a', OTHER)).code).toBe(404)
    expect((await stored('a'))?.status?.conditions).toBeUndefined()
  })
  it('by somebody who sees the request without being its requester is refused', async () => {
    await file({ name: 'a' })
    api.rights = () => true
    const { code, body } = await withdraw('a', APPROVER)
    expect([code, body['message']]).toEqual([403, expect.stringContaining('only its requester may withdraw it')])
  })
  it.each([
    ['too long', { message: 'x'.repeat(4097) }],
    ['no text', { message: 1 }],
    ['not plain text', { message: 'a\u202eb' }],
  ])('with a message that is %s is invalid', async (_, spec) => {
    await file({ name: 'a' })
    expect((await withdraw('a', AGENT, spec)).code).toBe(422)
    expect((await stored('a'))?.status?.conditions).toBeUndefined()
  })
})

describe('a delete by an agent', () => {
  it('withdraws its pending request, and is recorded as that', async () => {
    await file({ name: 'a' })
    expect((await api.send(AGENT, 'DELETE accessrequests/a')).code).toBe(200)
    expect(await stored('a')).toBeUndefined()
    expect(await decisions()).toMatchObject([{ event: 'access.decided', decision: 'Withdrawn', by: 'oidc:agent', request: 'a' }])
  })
  it('of a decided request is refused: it stays as a record', async () => {
    await file({ name: 'a' })
    await decided('a', 'Denied')
    expect((await api.send(AGENT, 'DELETE accessrequests/a')).code).toBe(403)
    expect(await stored('a')).toBeDefined()
  })
  it.each([
    ['in Shadow mode', { mode: 'Shadow' } as const],
    ['in another cluster', { clusters: ['east'] }],
    ['no more', { subjects: [{ kind: 'User', name: 'somebody' }] as const }],
  ])('of a decided request is refused also when its policy governs it %s', async (_, spec) => {
    await file({ name: 'a' })
    await decided('a', 'Denied')
    await put(api.store, 'accesspolicies', policy('agents', { subjects: [{ kind: 'User', name: AGENT.username }], ...spec }))
    expect((await api.send(AGENT, 'DELETE accessrequests/a')).code).toBe(403)
    expect((await api.send(user('admin', 'system:masters'), 'DELETE accessrequests/a')).code).toBe(200)
  })
  it('of the request of another agent says that there is none', async () => {
    await file({ name: 'a' })
    expect((await api.send(OTHER, 'DELETE accessrequests/a')).code).toBe(404)
    expect(await stored('a')).toBeDefined()
  })
  it('of all of its requests is refused', async () => {
    await file({ name: 'a' })
    expect((await api.send(AGENT, 'DELETE accessrequests')).code).toBe(403)
    expect(await stored('a')).toBeDefined()
  })
  it('by an ungoverned user is recorded as deleted', async () => {
    await file({ name: 'a' })
    api.rights = () => true
    expect((await api.send(APPROVER, 'DELETE accessrequests/a')).code).toBe(200)
    expect(await decisions()).toMatchObject([{ decision: 'Deleted', by: 'oidc:approver', user: 'oidc:agent' }])
  })
})

describe('an idempotency key', () => {
  const key = { idempotencyKey: 'build-7' }
  const NAME = nameOfKey('oidc:agent', 'build-7')
  it('names the request, and finds it again', async () => {
    expect((await file({ generateName: 'key-' }, key)).body['metadata']).toMatchObject({ name: NAME })
    const again = await file({ generateName: 'key-' }, key)
    expect([again.code, again.body['reason'], again.body['details']]).toEqual([409, 'AlreadyExists', expect.objectContaining({ name: NAME })])
    expect(causes(again.body)).toBeUndefined()
    expect((await file({ name: NAME }, key)).code).toBe(409)
  })
  it('finds the request also after it was decided', async () => {
    await file({ name: NAME }, key)
    await decided(NAME, 'Denied')
    expect((await file({ name: NAME }, key)).body['reason']).toBe('AlreadyExists')
  })
  it('that asks for other access is a conflict, with the remedy', async () => {
    await file({ name: NAME }, key)
    const other = await file({ name: NAME }, { ...key, durationSeconds: 60 })
    expect([other.code, other.body['reason'], causes(other.body)]).toEqual([
      409,
      'Conflict',
      [{ reason: 'IdempotencyKeyReused', message: NAME, field: 'spec.idempotencyKey' }],
    ])
  })
  it('of one requester is nothing to another', async () => {
    await file({ name: NAME }, key)
    expect((await file({ generateName: 'key-' }, key, OTHER)).code).toBe(201)
  })
  it('makes a request for the same access another one', async () => {
    await file({ generateName: 'key-' }, key)
    expect((await file({ generateName: 'key-' }, { idempotencyKey: 'build-8' })).code).toBe(201)
  })
  it.each([
    ['another name than its own', { name: 'mine' }, key, 'metadata.name'],
    ['another name and a generated one', { name: 'mine', generateName: 'key-' }, key, 'metadata.name'],
    ['the name of the key of another requester', { name: nameOfKey('oidc:other', 'build-7') }, key, 'metadata.name'],
    ['a name of keys without a key', { name: NAME }, {}, 'metadata.name'],
    ['an empty key', { name: NAME }, { idempotencyKey: '' }, 'spec.idempotencyKey'],
  ])('cannot be used with %s', async (_, metadata, spec, field) => {
    const { code, body } = await file(metadata, spec)
    expect([code, causes(body)]).toEqual([422, [expect.objectContaining({ field })]])
  })
})

describe('a request for the same access as a pending one', () => {
  it('is refused with the name of the pending one, also with other words and past the quota', async () => {
    await put(
      api.store,
      'accesspolicies',
      policy('agents', { subjects: [{ kind: 'User', name: 'oidc:agent' }], requests: { maxPending: 1, perHour: 1 } }),
    )
    await file({ name: 'a' }, { reason: 'one' })
    for (const spec of [{ reason: 'one' }, { reason: 'two', ticket: 'T-1', agent: { task: 'x' } }]) {
      const { code, body } = await file({ name: 'b' }, spec)
      expect([code, body['reason'], causes(body)]).toEqual([
        409,
        'AlreadyExists',
        [{ reason: 'AlreadyPending', message: 'a', field: 'accessrequest' }],
      ])
      expect(body['message']).toContain('kubectl delete accessrequest a')
    }
    expect(await stored('b')).toBeUndefined()
  })
  it('is refused to all but one of many at once', async () => {
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => file({ name })))
    expect(answers.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409, 409])
  })
  it.each([
    ['other rules', { rules: [{ ...RULE, verbs: ['list'] }] }],
    ['another duration', { durationSeconds: 60 }],
    ['a number of uses', { maxUses: 1 }],
  ])('is another one with %s', async (_, spec) => {
    await file({ name: 'a' })
    expect((await file({ name: 'b' }, spec)).code).toBe(201)
  })
  it.each(['Withdrawn', 'Denied', 'Approved'])('is another one once that is %s', async (type) => {
    await file({ name: 'a' })
    await decided('a', type)
    expect((await file({ name: 'b' })).code).toBe(201)
  })
  it('of another requester is another one', async () => {
    await file({ name: 'a' })
    expect((await file({ name: 'b' }, {}, OTHER)).code).toBe(201)
  })
})
