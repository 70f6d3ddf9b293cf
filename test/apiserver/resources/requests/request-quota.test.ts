import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { policy } from '../../../domain/builders.ts'
import { breakGlass, causesOf, glassy } from '../break-glass/break-glass-agents.ts'
import { put, serveApi, user, type Served } from '../served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const AGENT = user('oidc:agent', 'agents')
const OTHER = user('oidc:other', 'agents')
const rule = (verb: string) => ({ verbs: [verb], resources: ['pods'], namespaces: ['shop'] })

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
  await put(api.store, 'accesspolicies', glassy('agents', {}, { requests: { maxPending: 1 } }))
})
afterEach(() => api.close())

const file = (name: string, as = AGENT, verb = 'get') =>
  api.send(as, 'POST accessrequests', {
    body: { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec: { rules: [rule(verb)] } },
  })

describe('a request of another agent, under a name that the requester has given up,', () => {
  beforeEach(async () => {
    expect((await file('web')).code).toBe(201)
    expect((await api.send(AGENT, 'DELETE accessrequests/web')).code).toBe(200)
    expect((await file('web', OTHER)).code).toBe(201)
  })

  it('does not count as pending for the requester', async () => expect((await file('mine', AGENT, 'list')).code).toBe(201))

  it('is not taken for the same access, nor shown', async () => {
    const again = await file('mine')
    expect([again.code, causesOf(again)]).toEqual([201, []])
  })
})

it('a name that is used again counts once', async () => {
  await put(api.store, 'accesspolicies', glassy('agents', {}, { requests: { maxPending: 2 } }))
  await file('web')
  await api.send(AGENT, 'DELETE accessrequests/web')
  await file('web')
  expect((await file('second', AGENT, 'list')).code).toBe(201)
  expect(causesOf(await file('third', AGENT, 'watch'))[0]?.reason).toBe('TooManyPending')
})

it('the limits are those of the cluster that the request is for', async () => {
  const east = policy('east', { clusters: ['east'], subjects: [{ kind: 'User', name: 'eve' }], requests: { maxPending: 1 } })
  await put(api.store, 'accesspolicies', east)
  const far = (name: string, verb: string) =>
    api.send(user('eve'), 'POST accessrequests', {
      body: { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec: { cluster: 'east', rules: [rule(verb)] } },
    })
  expect((await far('one', 'get')).code).toBe(201)
  expect(causesOf(await far('two', 'list'))[0]?.reason).toBe('TooManyPending')
})

describe('break-glass', () => {
  it('is not refused because ordinary requests wait: it does not wait', async () => {
    expect((await file('waits')).code).toBe(201)
    expect(causesOf(await file('more', AGENT, 'list'))[0]?.reason).toBe('TooManyPending')
    expect((await breakGlass(api, 'now')).code).toBe(201)
  })

  it('takes no place of requests that wait', async () => {
    expect((await breakGlass(api, 'now')).code).toBe(201)
    expect((await file('waits')).code).toBe(201)
  })
})
