import { afterEach, beforeEach, expect, it } from 'vitest'
import { policy } from '../../../domain/builders.ts'
import { put, serveApi, user, type Served } from '../served-api.ts'

const AGENT = user('oidc:agent')
const APPROVER = user('olga')

let api: Served
beforeEach(async () => {
  api = await serveApi(Date.parse('2026-11-25T12:00:00Z'))
  api.rights = (_, { verb }) => verb === 'certify'
  await put(api.store, 'accesspolicies', policy('agents', { subjects: [{ kind: 'User', name: 'oidc:agent' }] }))
  await api.send(AGENT, 'POST accessrequests', {
    body: {
      apiVersion: 'jit.access/v1',
      kind: 'AccessRequest',
      metadata: { name: 'ask' },
      spec: { rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'] }] },
    },
  })
})
afterEach(() => api.close())

const decide = (type: string) =>
  api.send(APPROVER, 'PATCH accessrequests/ask/approval', {
    type: 'application/merge-patch+json',
    body: { status: { conditions: [{ type, status: 'True' }] } },
  })
const recorded = async () => (await api.store.list('unrecorded')).entries.map(({ value }) => value['decision'])

it.each(['Foreground', 'Orphan'])(
  'a request that its requester deletes with the propagation %s gets no grant any more',
  async (propagationPolicy) => {
    expect((await api.send(AGENT, 'DELETE accessrequests/ask', { body: { propagationPolicy } })).code).toBe(200)
    expect((await decide('Approved')).code).toBe(409)
    expect((await decide('Denied')).code).toBe(409)
    expect((await api.store.list('accessgrants')).entries).toEqual([])
    expect(await recorded()).toEqual(['Withdrawn'])
  },
)
