import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AGENT_USER, AGENTS_GROUP, EXTRA } from '../../../../domain/api/names.ts'
import type { Identity } from '../../../../domain/identity.ts'
import { policy } from '../../../domain/builders.ts'
import { grantOf, put, serveApi, user, type Served } from '../served-api.ts'

const alice = user('oidc:alice')
let api: Served
beforeEach(async () => {
  api = await serveApi(Date.now())
  await put(api.store, 'accesspolicies', policy('agents', { requests: { transfer: { to: [{ kind: 'User', name: 'oidc:agent' }] } } }))
})
afterEach(() => api.close())

async function review(as: Identity, spec: object) {
  const body = { apiVersion: 'jit.access/v1', kind: 'AccessReview', spec: { verb: 'delete', resource: 'pods', namespace: 'shop', ...spec } }
  const { code, text, body: answer } = await api.send(as, 'POST accessreviews', { body })
  return { code, text, status: answer['status'] as { readonly [field: string]: unknown } }
}
const ofAgent = { user: 'oidc:agent', groups: ['oidc:agents'] }
/** The apiserver keeps what it knows of rights for a while. */
function setRights(rights: Served['rights']): void {
  api.rights = rights
  api.clock.now += 60_000
}
const certifies =
  (...names: readonly (string | undefined)[]): Served['rights'] =>
  (_who, { verb, name }) =>
    verb === 'certify' && names.includes(name)

it('a review reads no grants of others but those that a grant of the user is a part of', async () => {
  const rules = [{ verbs: ['delete'], resources: ['pods'], namespaces: ['shop'] }]
  const whole = grantOf('whole', { owner: 'oidc:other', policy: 'agents', namespaces: ['shop'] })
  const part = grantOf('part', { owner: 'oidc:agent', policy: 'agents', namespaces: ['shop'] })
  await put(api.store, 'accessgrants', { ...whole, spec: { ...whole.spec, rules } })
  const transferredFrom = [{ grantName: 'whole', grantUID: 'uid-whole', username: 'oidc:other' }]
  await put(api.store, 'accessgrants', { ...part, spec: { ...part.spec, rules, transferredFrom } })
  const list = vi.spyOn(api.store, 'list')
  expect((await review(user('oidc:agent', 'oidc:agents'), {})).status).toMatchObject({ allowed: true, grant: 'part' })
  const read = list.mock.calls.flatMap(([resource, options]) => (resource === 'accessgrants' ? [options?.where] : []))
  expect(read).toEqual([{ field: 'spec.subject.username', in: ['oidc:agent'] }])
  await api.store.commit([
    { resource: 'accessgrants', name: 'whole', expected: (await api.store.get('accessgrants', 'whole'))?.version ?? 0, value: null },
  ])
  expect((await review(user('oidc:agent', 'oidc:agents'), {})).status).toMatchObject({ allowed: false })
})

describe('a review of another user', () => {
  it('says what the server would say to that user, by its policies and grants', async () => {
    setRights(certifies(undefined))
    expect((await review(alice, ofAgent)).status).toMatchObject({ allowed: false, policy: 'agents', effect: 'RequireGrant' })
    expect((await review(alice, {})).status).toMatchObject({ allowed: false, message: 'no AccessPolicy governs "oidc:alice"' })
    const grant = grantOf('g1', { owner: 'oidc:agent', policy: 'agents', namespaces: ['shop'] })
    await put(api.store, 'accessgrants', {
      ...grant,
      spec: { ...grant.spec, rules: [{ verbs: ['delete'], resources: ['pods'], namespaces: ['shop'] }] },
    })
    expect((await review(alice, ofAgent)).status).toMatchObject({ allowed: true, grant: 'g1' })
  })
  it('is refused to who may not see its policies and grants, in the same words whether one governs it or none', async () => {
    const governed = await review(alice, ofAgent)
    const free = await review(alice, { user: 'oidc:free' })
    expect([governed.code, free.code]).toEqual([403, 403])
    expect(governed.text).toBe(free.text)
    expect(governed.text).not.toContain('agents')
  })
  it('takes certify on every policy that governs the user, in any mode and cluster', async () => {
    await put(api.store, 'accesspolicies', policy('elsewhere', { mode: 'Shadow', clusters: ['other'] }))
    setRights(certifies('agents'))
    expect((await review(alice, ofAgent)).code).toBe(403)
    setRights(certifies('agents', 'elsewhere'))
    expect((await review(alice, ofAgent)).code).toBe(201)
    expect((await review(alice, { user: 'oidc:free' })).code).toBe(403)
  })
  it('or the verb view on grants', async () => {
    setRights((_who, { verb, resource }) => verb === 'view' && resource === 'accessgrants')
    expect((await review(alice, ofAgent)).code).toBe(201)
    setRights((_who, { verb, resource }) => verb === 'view' && resource === 'accessrequests')
    expect((await review(alice, ofAgent)).code).toBe(403)
  })
  it('is refused to agents, whatever RBAC gives them by mistake', async () => {
    api.rights = () => true
    const direct = user('oidc:agent', 'oidc:agents')
    const gateway: Identity = {
      username: AGENT_USER,
      uid: '',
      groups: [AGENTS_GROUP],
      extra: { [EXTRA.user]: ['oidc:agent'], [EXTRA.tokenGroups]: ['oidc:agents'] },
    }
    for (const agent of [direct, gateway]) expect((await review(agent, { user: 'oidc:other' })).code).toBe(403)
    expect((await review(direct, {})).status).toMatchObject({ policy: 'agents' })
  })
  it('takes no groups without a user, and no identity of the gateway', async () => {
    api.rights = () => true
    expect(await review(alice, { groups: ['oidc:agents'] })).toMatchObject({ code: 422 })
    expect(await review(alice, { user: AGENT_USER })).toMatchObject({ code: 422 })
    expect(await review(alice, { user: 'x', groups: ['jit.access:elevated:agents'] })).toMatchObject({ code: 422 })
  })
})
