import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sweep } from '../../../apiserver/retention.ts'
import { policy } from '../../domain/builders.ts'
import { put, serveApi, user, type Served } from './served.ts'

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
  it('is written by no agent, even if RBAC allows it', async () => {
    const agent = user('oidc:agent', 'oidc:agents')
    const governed = policy('agents').spec.subjects[0]
    const who = governed?.kind === 'Group' ? user('oidc:x', governed.name) : user(governed?.name ?? agent.username)
    expect((await api.send(who, 'POST loginstates', { body: state('four') })).code).toBe(403)
    expect((await api.send(who, 'DELETE loginstates/two')).code).toBe(403)
  })
  it('is deleted when it has expired, and not before', async () => {
    await sweep(api.store, START + 9 * 60_000, 3600)
    expect((await api.send(LOGIN, 'GET loginstates/two')).code).toBe(200)
    await sweep(api.store, START + 11 * 60_000, 3600)
    expect((await api.send(LOGIN, 'GET loginstates/two')).code).toBe(404)
  })
})
