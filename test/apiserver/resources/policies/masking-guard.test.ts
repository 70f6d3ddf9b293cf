import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kindsOf } from '../../../../apiserver/kinds.ts'
import { createHandler } from '../../../../apiserver/machinery/http/handler.ts'
import { createOwnAdmission } from '../../../../apiserver/resources/own-admission.ts'
import { StoreUnavailable, type Store } from '../../../../apiserver/storage/port.ts'
import { openSqliteStore } from '../../../../apiserver/storage/sqlite.ts'
import type { AccessPolicySpec, PolicySubject } from '../../../../domain/api/access-policy.ts'
import type { Identity } from '../../../../domain/identity.ts'
import type { FailureStatus } from '../../../../domain/status-error.ts'
import { policy } from '../../../domain/builders.ts'

type Spec = Partial<AccessPolicySpec>
type Answer = { readonly code: number; readonly body: FailureStatus }

const user = (username: string, ...groups: string[]): Identity => ({ username, uid: '', groups, extra: {} })
const ADMIN = user('oidc:admin', 'oidc:admins')
const AGENT = user('oidc:agent', 'oidc:agents')
const exempt = [{ namespace: 'shop', secret: 'db', keys: ['user'] }]
const watched: Spec = { mode: 'Shadow' }
const others: readonly PolicySubject[] = [{ kind: 'Group', name: 'oidc:robots' }]

let store: Store
let server: Server
let caller: Identity
let away: Error | undefined

beforeEach(async () => {
  const real = openSqliteStore(':memory:', 0)
  away = undefined
  // Single objects can be read; only listing the policies fails.
  store = {
    ...real,
    get: real.get.bind(real),
    commit: real.commit.bind(real),
    list: (...of: Parameters<Store['list']>) => (away === undefined ? real.list(...of) : Promise.reject(away)),
  }
  const clock = { nowMs: () => 0 }
  const authorizer = { allowed: () => Promise.resolve(true) }
  const handler = createHandler({
    ...kindsOf({ store, clock, authorizer }),
    store,
    clock,
    authorizer,
    authenticate: () => Promise.resolve(caller),
    admit: (who, asked) => (away === undefined ? createOwnAdmission(store)(who, asked) : Promise.resolve()),
    stopping: () => new AbortController().signal,
    failed: () => undefined,
    served: () => undefined,
  })
  server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => new Promise((resolve) => server.close(resolve)))

/** `METHOD [NAME][?QUERY]`. */
async function send(line: string, body: object | undefined, as: Identity, type?: string): Promise<Answer> {
  caller = as
  const [method = '', name = ''] = line.split(' ')
  const { port } = server.address() as AddressInfo
  const answer = await fetch(`http://127.0.0.1:${port}/apis/jit.access/v1/accesspolicies${/^(\?|$)/.test(name) ? name : `/${name}`}`, {
    method,
    headers: { 'content-type': type ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'), connection: 'close' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { code: answer.status, body: (await answer.json()) as FailureStatus }
}
const create = (name: string, spec: Spec, as: Identity = ADMIN) => send('POST', policy(name, spec), as)
const setUp = async (name: string, spec: Spec): Promise<void> => expect((await create(name, spec, user('root', 'system:masters'))).code).toBe(201)

function expectRefused({ code, body }: Answer, field: string): void {
  expect({ code, reason: body.reason }).toEqual({ code: 403, reason: 'Forbidden' })
  expect(body.message).toContain('only a user whom no policy governs may do this')
  expect(body.details?.causes?.map((cause) => [cause.reason, cause.field])).toEqual([
    ['Governed', 'subject'],
    ['FieldValueForbidden', field],
  ])
}

describe('a subject of a Shadow policy', () => {
  beforeEach(() => setUp('agents', watched))

  it('cannot create an exemption', async () =>
    expectRefused(await create('mine', { subjects: others, masking: { exempt } }, AGENT), 'spec.masking.exempt[0]'))
  it('cannot create one by an apply', async () =>
    expectRefused(
      await send('PATCH mine?fieldManager=me', policy('mine', { subjects: others, masking: { exempt } }), AGENT, 'application/apply-patch+yaml'),
      'spec.masking.exempt[0]',
    ))
  it('cannot try one in a dry run', async () =>
    expectRefused(await send('POST ?dryRun=All', policy('mine', { subjects: others, masking: { exempt } }), AGENT), 'spec.masking.exempt[0]'))
  it.each<[string, string, string, object]>([
    ['a merge patch', 'agents', 'application/merge-patch+json', { spec: { masking: { exempt } } }],
    ['a JSON patch', 'agents', 'application/json-patch+json', [{ op: 'add', path: '/spec/masking', value: { exempt } }]],
    ['an apply', 'agents?fieldManager=me&force=true', 'application/apply-patch+yaml', policy('agents', { ...watched, masking: { exempt } })],
  ])('cannot add one by %s', async (_, name, type, body) => expectRefused(await send(`PATCH ${name}`, body, AGENT, type), 'spec.masking.exempt[0]'))
  it('cannot add one by an update', async () => {
    const { body: now } = await send('GET agents', undefined, AGENT)
    expectRefused(await send('PUT agents', { ...now, spec: { ...policy('x', watched).spec, masking: { exempt } } }, AGENT), 'spec.masking.exempt[0]')
  })
  it('cannot leave the policy by the write that weakens it', async () => {
    const { code, body } = await send('PATCH agents', { spec: { subjects: others, masking: { exempt } } }, AGENT)
    expect({ code, causes: body.details?.causes?.map(({ field }) => field) }).toEqual({
      code: 403,
      causes: ['subject', 'spec.masking.exempt[0]', 'spec.subjects'],
    })
  })
  it('cannot leave it by an earlier write either', async () => {
    expectRefused(await send('PATCH agents', { spec: { subjects: others } }, AGENT), 'spec.subjects')
    expectRefused(await send('DELETE agents', undefined, AGENT), 'spec')
    expect((await send('DELETE', undefined, AGENT)).code).toBe(403)
    expect((await send('GET agents', undefined, ADMIN)).code).toBe(200)
  })
  it('cannot unmask tokens or hidden fields', async () => {
    expectRefused(await send('PATCH agents', { spec: { masking: { tokenPatterns: false } } }, AGENT), 'spec.masking.tokenPatterns')
    await setUp('other', { subjects: others, masking: { fields: [{ resources: ['pods'], paths: ['.a'] }] } })
    expectRefused(await send('PATCH other', { spec: { masking: null } }, AGENT), 'spec.masking.fields')
  })
  it('may change fields that do not affect masking, and mask more', async () => {
    expect(
      (
        await send(
          'PATCH agents',
          { spec: { rules: [{ name: 'x', effect: 'Deny' }], masking: { fields: [{ resources: ['pods'], paths: ['.a'] }] } } },
          AGENT,
        )
      ).code,
    ).toBe(200)
    expect((await create('more', { subjects: others }, AGENT)).code).toBe(201)
  })
  it('gets validation errors first', async () => {
    const { code, body } = await send('PATCH agents', { spec: { subjects: 'all', masking: { exempt: [{ namespace: 'shop', keys: 'all' }] } } }, AGENT)
    expect(code).toBe(422)
    expect(body.details?.causes?.map(({ field }) => field)).toEqual(['spec.subjects', 'spec.masking.exempt[0].secret', 'spec.masking.exempt[0].keys'])
  })
})

it.each<[string, Spec, Identity]>([
  ['by user name', { subjects: [{ kind: 'User', name: 'oidc:agent' }] }, AGENT],
  ['by group', {}, AGENT],
  ['as a ServiceAccount', { subjects: [{ kind: 'ServiceAccount', namespace: 'ci', name: 'bot' }] }, user('system:serviceaccount:ci:bot')],
  [
    'by the name of a ServiceAccount behind the gateway',
    { subjects: [{ kind: 'User', name: 'jit.access:serviceaccount:ci:bot' }] },
    user('system:serviceaccount:ci:bot'),
  ],
  ['in another cluster', { clusters: ['elsewhere'] }, AGENT],
  ['as an agent of the gateway', { subjects: others }, user('oidc:agent', 'jit.access:agents', 'jit.access:elevated:agents')],
])('a user that is governed %s cannot write exemptions', async (_, spec, as) => {
  await setUp('agents', spec)
  const { code, body } = await create('mine', { subjects: others, masking: { exempt } }, as)
  expect({ code, cause: body.details?.causes?.[0]?.reason }).toEqual({ code: 403, cause: 'Governed' })
})

describe('an ungoverned user', () => {
  it('can write exemptions for others', async () => {
    await setUp('agents', {})
    expect((await create('mine', { subjects: others, masking: { exempt } })).code).toBe(201)
    expect((await send('PATCH agents', { spec: { masking: { exempt } } }, ADMIN)).code).toBe(200)
    expect((await send('DELETE agents', undefined, ADMIN)).code).toBe(200)
  })
  it('cannot write one for itself', async () =>
    expectRefused(await create('mine', { subjects: [{ kind: 'Group', name: 'oidc:admins' }], masking: { exempt } }), 'spec.masking.exempt[0]'))
})

it.each([
  ['the store is unavailable', new StoreUnavailable('disk'), 503],
  ['an internal error occurs', new Error('broken'), 500],
])('the write fails with an error when %s', async (_, error, code) => {
  await setUp('agents', {})
  away = error
  expect((await create('mine', { masking: { exempt } })).code).toBe(code)
  expect((await send('PATCH agents', { spec: { masking: { exempt } } }, ADMIN)).code).toBe(code)
})

it.each<[string, object, string, RegExp]>([
  ['no namespace', { secret: 'db', keys: ['user'] }, 'namespace', /Required value/],
  ['no Secret', { namespace: 'shop', keys: ['user'] }, 'secret', /Required value/],
  ['no keys', { namespace: 'shop', secret: 'db' }, 'keys', /Required value/],
  ['an empty list of keys', { namespace: 'shop', secret: 'db', keys: [] }, 'keys', /Required value/],
  ['every key', { namespace: 'shop', secret: 'db', keys: ['user', '*'] }, 'keys[1]', /no wildcards; name each key/],
  ['every Secret', { namespace: 'shop', secret: '*', keys: ['user'] }, 'secret', /no wildcards; write one entry for each Secret/],
  [
    'namespaces with a wildcard',
    { namespace: 'shop-*', secret: 'db', keys: ['user'] },
    'namespace',
    /no wildcards; write one entry for each namespace/,
  ],
  ['an invalid Secret name', { namespace: 'shop', secret: 'D B', keys: ['user'] }, 'secret', /is not the name of a Secret/],
  ['an invalid key', { namespace: 'shop', secret: 'db', keys: ['a/b'] }, 'keys[0]', /is not the key of a Secret/],
])('an exemption that names %s is invalid', async (_, exemption, field, message) => {
  const { code, body } = await create('mine', { subjects: others, masking: { exempt: [exemption as never] } })
  expect({ code, fields: body.details?.causes?.map((cause) => cause.field) }).toEqual({ code: 422, fields: [`spec.masking.exempt[0].${field}`] })
  expect(body.details?.causes?.[0]?.message).toMatch(message)
})
