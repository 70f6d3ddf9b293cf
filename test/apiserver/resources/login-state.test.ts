import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRoom } from '../../../apiserver/resources/login-state.ts'
import { sweep } from '../../../apiserver/retention.ts'
import type { Store } from '../../../apiserver/storage/port.ts'
import { openSqliteStore } from '../../../apiserver/storage/sqlite.ts'
import { AGENT_USER, AGENTS_GROUP } from '../../../domain/api/names.ts'
import { policy } from '../../domain/builders.ts'
import { put, serveApi, user, type Served } from './served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const LOGIN = user('system:serviceaccount:jit-system:jit-login')

let api: Served
beforeAll(async () => {
  api = await serveApi(START)
  await put(api.store, 'accesspolicies', policy('agents'))
})
afterAll(() => api.close())

const state = (name: string, spec: object = {}) => ({
  apiVersion: 'jit.access/v1',
  kind: 'LoginState',
  metadata: { name },
  spec: { type: 'AuthorizationCode', expiresAt: '2026-11-25T12:10:00Z', sealed: 'abc', ...spec },
})

describe('a LoginState', () => {
  it('of two removals or updates with one version, one succeeds', async () => {
    const made = await api.send(LOGIN, 'POST loginstates', { body: state('one') })
    expect([made.code, (await api.send(LOGIN, 'POST loginstates', { body: state('one') })).code]).toEqual([201, 409])
    const writes = await Promise.all(
      [1, 2, 3].map((count) => api.send(LOGIN, 'PUT loginstates/one', { body: { ...made.body, spec: state('one', { sealed: `v${count}` }).spec } })),
    )
    expect(writes.map(({ code }) => code).sort((one, other) => one - other)).toEqual([200, 409, 409])
    const written = writes.find(({ code }) => code === 200)?.body ?? {}
    const { resourceVersion } = written['metadata'] as { readonly resourceVersion: string }
    const remove = () =>
      api.send(LOGIN, 'DELETE loginstates/one', { body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { resourceVersion } } })
    const removals = await Promise.all([remove(), remove(), remove()])
    expect(removals.filter(({ code }) => code === 200).length).toBe(1)
  })
  it('keeps its type, and needs a time and sealed content', async () => {
    const { body } = await api.send(LOGIN, 'POST loginstates', { body: state('two') })
    expect((await api.send(LOGIN, 'PUT loginstates/two', { body: { ...body, spec: state('two', { type: 'Grant' }).spec } })).code).toBe(422)
    for (const spec of [{ expiresAt: 'tomorrow' }, { sealed: '' }, { sealed: '{"name":"alice"}' }, { type: '' }])
      expect((await api.send(LOGIN, 'POST loginstates', { body: state('three', spec) })).code).toBe(422)
  })
  it('is written and seen by no agent, even if RBAC allows it', async () => {
    const agent = user('oidc:agent', 'oidc:agents')
    const governed = policy('agents').spec.subjects[0]
    const who = governed?.kind === 'Group' ? user('oidc:x', governed.name) : user(governed?.name ?? agent.username)
    expect((await api.send(who, 'POST loginstates', { body: state('four') })).code).toBe(403)
    expect((await api.send(who, 'DELETE loginstates/two')).code).toBe(403)
    for (const each of [who, user(AGENT_USER, AGENTS_GROUP)]) {
      expect((await api.send(each, 'GET loginstates/two')).code).toBe(404)
      expect((await api.send(each, 'GET loginstates')).body['items']).toEqual([])
    }
    expect((await api.send(LOGIN, 'GET loginstates')).body['items']).toHaveLength(1)
  })
  it('is deleted when it has expired, and not before', async () => {
    await sweep(api.store, START + 9 * 60_000, 3600)
    expect((await api.send(LOGIN, 'GET loginstates/two')).code).toBe(200)
    await sweep(api.store, START + 11 * 60_000, 3600)
    expect((await api.send(LOGIN, 'GET loginstates/two')).code).toBe(404)
  })
})

describe('the room for LoginStates', () => {
  it('is counted again after a minute, and what is created in between is added', async () => {
    const store = openSqliteStore(':memory:', START)
    const keep = (name: string) => store.commit([{ resource: 'loginstates', name, expected: 0, value: {} }])
    const room = createRoom(store, 3)
    await keep('one')
    const stored = await room(START)
    stored()
    // Not stored: it takes no room.
    await room(START)
    ;(await room(START))()
    await expect(room(START + 59_999)).rejects.toMatchObject({ reason: 'TooManyRequests' })
    // Two of the three were never there.
    ;(await room(START + 60_000))()
    await keep('two')
    await keep('three')
    await expect(room(START + 120_000)).rejects.toMatchObject({ reason: 'TooManyRequests' })
    await store.commit([{ resource: 'loginstates', name: 'three', expected: (await store.get('loginstates', 'three'))?.version ?? 0, value: null }])
    // The clock was set back.
    await room(START)
    await store.close()
  })
  it('is checked for each that is created', async () => {
    const store = openSqliteStore(':memory:', START)
    const full: Store = {
      ...store,
      list: async (resource, options) => ({
        ...(await store.list(resource, options)),
        ...(resource === 'loginstates' ? { remaining: 100_000 } : {}),
      }),
    }
    const served = await serveApi(START, full)
    const answer = await served.send(LOGIN, 'POST loginstates', { body: state('one') })
    expect([answer.code, (await store.list('loginstates')).entries]).toEqual([429, []])
    await served.close()
    await store.close()
  })
})
