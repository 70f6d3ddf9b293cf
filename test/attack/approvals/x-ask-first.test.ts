import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Effect } from '../../../domain/api/access-policy.ts'
import { nameOfKey } from '../../../domain/api/idempotency-key.ts'
import { serveApi, put, user, type Served } from '../../apiserver/resources/served-api.ts'
import { policy } from '../../domain/builders.ts'
import { liveGrant } from '../../domain/builders.ts'
import { askFixture, BODY, changes, type AskFixture } from '../../gateway/ask-fixture.ts'
import { valuesOf } from '../../gateway/gateway-fixture.ts'

/** X. Operations that are asked for first: whatever grants exist, none runs. */
let fixture: AskFixture
beforeAll(async () => void (fixture = await askFixture()))
afterAll(() => fixture.stop())

describe('X. what is sent under /ask', () => {
  const segment = fc.constantFrom('configmaps', 'pods', 'secrets', 'services', 'deployments')
  const target = fc.oneof(
    fc.record({
      resource: segment,
      name: fc.constantFrom('', '/a'),
      sub: fc.constantFrom('', '/status', '/scale', '/eviction', '/exec', '/proxy', '/log'),
    }),
    fc.constantFrom(
      { resource: 'serviceaccounts', name: '/a', sub: '/token' },
      { resource: 'bindings', name: '', sub: '' },
      { resource: 'pods', name: '/a', sub: '/ephemeralcontainers' },
    ),
  )
  const query = fc.constantFrom('', '?dryRun=All', '?dryRun=', '?dryRun=None', '?fieldManager=x&force=true', '?watch=0')
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE')
  const effect = fc.constantFrom<Effect>('Allow', 'RequireGrant', 'RequireApproval', 'Deny')
  const type = fc.constantFrom('application/json', 'application/merge-patch+json', 'application/apply-patch+yaml', 'application/json-patch+json')
  const ruled = fc.option(
    fc.record({ maxUses: fc.option(fc.constant(1), { nil: undefined }), resources: fc.uniqueArray(segment, { minLength: 1 }) }),
    { nil: undefined },
  )
  const jit = fc.constantFrom(
    '/apis/jit.access/v1/accessrequests',
    '/apis/jit.access/v1/accessrequests/a/approval',
    '/apis/jit.access/v1/accessrequests/a/withdrawal',
    '/apis/jit.access/v1/accessgrants/a/revocation',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  )

  const sent = fc.record({ verb: method, what: fc.oneof(target, jit), search: query, decides: effect, media: type, given: ruled })

  it('X140 never changes anything: each request to upstream reads, or is a dry run, and no use is taken', async () => {
    await fc.assert(
      fc.asyncProperty(sent, async ({ verb, what, search, decides, media, given }) => {
        fixture.reset()
        fixture.govern(decides)
        if (given !== undefined)
          fixture.grants.push(
            liveGrant({
              rules: [
                {
                  verbs: ['*'],
                  apiGroups: ['', 'apps'],
                  resources: given.resources.flatMap((name) => [name, `${name}/scale`, `${name}/status`, `${name}/exec`, `${name}/proxy`]),
                  namespaces: ['shop'],
                },
              ],
              ...(given.maxUses === undefined ? {} : { maxUses: given.maxUses }),
            }),
          )
        const path =
          typeof what === 'string'
            ? what
            : `${what.resource === 'deployments' ? '/apis/apps/v1' : '/api/v1'}/namespaces/shop/${what.resource}${what.name}${what.name === '' ? '' : what.sub}`
        const body = verb === 'GET' || verb === 'HEAD' ? undefined : verb === 'DELETE' ? '{}' : BODY
        await fixture.send(`${verb} /ask${path}${search}`, [`Content-Type: ${media}`], body)
        expect(fixture.seen.filter(changes).map(({ line }) => line)).toEqual([])
        expect([fixture.claims, fixture.relayed]).toEqual([[], []])
        for (const each of fixture.seen) expect(valuesOf(each, 'authorization')).toEqual(['Bearer impersonator-token'])
      }),
      { numRuns: 300 },
    )
  })
})

describe('X. requests of others', () => {
  const [AGENT, OTHER] = [user('oidc:agent', 'jit.access:agents'), user('oidc:other', 'jit.access:agents')]
  const RULES = [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'] }]
  let api: Served
  beforeAll(async () => {
    api = await serveApi(Date.parse('2026-11-25T12:00:00Z'))
    await put(api.store, 'accesspolicies', policy('agents', { subjects: [AGENT, OTHER].map(({ username }) => ({ kind: 'User', name: username })) }))
  })
  afterAll(() => api.close())
  const file = (as: typeof AGENT, metadata: object, spec: object = {}) =>
    api.send(as, 'POST accessrequests', { body: { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata, spec: { rules: RULES, ...spec } } })

  it('X141 an agent cannot withdraw, delete or see the request of another, nor erase its own decided one', async () => {
    expect((await file(AGENT, { name: 'mine' })).code).toBe(201)
    const body = { apiVersion: 'jit.access/v1', kind: 'RequestWithdrawal', spec: {} }
    for (const line of ['POST accessrequests/mine/withdrawal', 'DELETE accessrequests/mine', 'GET accessrequests/mine'])
      expect((await api.send(OTHER, line, line.startsWith('POST') ? { body } : {})).code, line).toBe(404)
    expect((await api.send(OTHER, 'DELETE accessrequests')).code).toBe(403)
    expect((await api.send(AGENT, 'POST accessrequests/mine/withdrawal', { body })).code).toBe(201)
    expect((await api.send(AGENT, 'DELETE accessrequests/mine')).code).toBe(403)
    expect(await api.store.get('accessrequests', 'mine')).toBeDefined()
  })
  it('X142 an agent cannot take the name of a key of another, even if it knows the key', async () => {
    const name = nameOfKey('oidc:agent', 'build-7')
    for (const [metadata, spec] of [
      [{ name }, {}],
      [{ name }, { idempotencyKey: 'build-7' }],
      [{ generateName: name.slice(0, -5) }, {}],
    ] as const)
      expect((await file(OTHER, metadata, spec)).code).toBe(422)
    expect((await file(AGENT, { name }, { idempotencyKey: 'build-7' })).code).toBe(201)
  })
  it('X143 an agent that asks for the same again in other words fills no inbox', async () => {
    const asks = Array.from({ length: 40 }, (_, index) =>
      file(OTHER, { generateName: 'r-' }, { reason: `try ${index}`, agent: { task: `${index}` } }),
    )
    const codes = (await Promise.all(asks)).map(({ code }) => code)
    expect(codes.filter((code) => code === 201)).toHaveLength(1)
    expect(codes.filter((code) => code !== 201 && code !== 409 && code !== 429)).toEqual([])
  })
})
