import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kindsOf } from '../../../../apiserver/kinds.ts'
import { newMetadata } from '../../../../apiserver/machinery/metadata.ts'
import { sweep } from '../../../../apiserver/retention.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import type { Identity } from '../../../../domain/identity.ts'
import { policy } from '../../../domain/builders.ts'
import { put, serveApi, user, type Served } from '../served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const DAY_MS = 86_400_000
const AGENT = user('oidc:agent', 'agents')
const OTHER = user('oidc:other', 'agents')

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
  await put(api.store, 'accesspolicies', policy('agents', { subjects: [{ kind: 'Group', name: 'agents' }] }))
})
afterEach(() => api.close())

async function make(name: string, { as = AGENT, status = {} }: { readonly as?: Identity; readonly status?: object } = {}): Promise<AccessRequest> {
  const rules = [{ verbs: ['get'], resources: ['pods/log'], namespaces: ['shop'], resourceNames: [name] }]
  const { code, text, body } = await api.send(as, 'POST accessrequests', {
    body: { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec: { rules }, status },
  })
  expect(code, text).toBe(201)
  return body as unknown as AccessRequest
}
const drop = async (name: string, as = AGENT): Promise<void> => expect((await api.send(as, `DELETE accessrequests/${name}`)).code).toBe(200)
const isReused = ({ status }: AccessRequest): boolean | undefined => status?.nameReused

describe('status.nameReused', () => {
  it('is absent for a name that no request had, whatever the client sends', async () => {
    expect(isReused(await make('a', { status: { nameReused: true } }))).toBeUndefined()
  })

  it('is set when a request of this name was deleted, also by another requester, and stays in the stored request', async () => {
    await make('a')
    await make('a.b')
    await drop('a')
    expect(isReused(await make('a', { as: OTHER }))).toBe(true)
    expect((await api.store.get('accessrequests', 'a'))?.value).toMatchObject({ status: { nameReused: true } })
    for (const other of ['a0', '0']) expect(isReused(await make(other))).toBeUndefined()
    await drop('a.b')
    expect(isReused(await make('a.b'))).toBe(true)
  })

  it('is absent after a day, and the sweep forgets the name then', async () => {
    await make('a')
    await drop('a')
    api.clock.now += DAY_MS - 1
    await sweep(api.store, api.clock.now, 60)
    expect((await api.store.list('requestnames')).entries).toHaveLength(1)
    expect(isReused(await make('a'))).toBe(true)
    await drop('a')
    api.clock.now += DAY_MS + 1
    await sweep(api.store, api.clock.now, 60)
    expect((await api.store.list('requestnames')).entries).toEqual([])
    expect(isReused(await make('a'))).toBeUndefined()
  })

  it('is set when more deletions than a page holds are forgotten, and one is not', async () => {
    const forgotten = Array.from({ length: 60 }, (_, index) => ({ name: `a/0${index}`, atMs: START - 2 * DAY_MS }))
    const named = [...forgotten, { name: 'a/1', atMs: START }]
    await api.store.commit(named.map(({ name, atMs }) => ({ resource: 'requestnames', name, expected: 0, value: { atMs } })))
    expect(isReused(await make('a'))).toBe(true)
  })

  it('is set when the clock was set back since', async () => {
    await make('a')
    await drop('a')
    api.clock.now -= 10 * DAY_MS
    expect(isReused(await make('a'))).toBe(true)
  })

  it('is set when the sweep removed the request, as when its requester filled its bytes, within a day of its end', async () => {
    await make('a')
    expect((await api.send(AGENT, 'POST accessrequests/a/withdrawal', { body: {} })).code).toBe(201)
    api.clock.now += 120_000
    await sweep(api.store, api.clock.now, 60)
    expect(await api.store.get('accessrequests', 'a')).toBeUndefined()
    expect(isReused(await make('a'))).toBe(true)
  })

  it.each(['checked', 'committed'])('is set when the earlier request is deleted while the new one is %s', async (step) => {
    const { store, clock } = api
    const { kinds } = kindsOf({ store, clock, authorizer: { allowed: () => Promise.resolve(true) } })
    const strategy = kinds.find(({ resource }) => resource === 'accessrequests')?.strategy
    await make('a')
    const context = { user: AGENT, nowMs: clock.now, dryRun: false, auditID: '' }
    const rules = [{ verbs: ['delete'], resources: ['pods'], namespaces: ['shop'] }]
    const draft = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: newMetadata({ name: 'a' }, clock.now), spec: { rules } }
    const made = await strategy?.create(draft, context)
    if (step === 'checked') await drop('a')
    const stored = made === undefined ? undefined : await strategy?.alongside?.(made, context)
    expect(stored?.object.status).toMatchObject({ nameReused: true })
  })
})
