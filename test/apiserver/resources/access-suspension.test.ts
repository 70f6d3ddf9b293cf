import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UNRECORDED } from '../../../apiserver/resources/decisions/decided.ts'
import { sweep } from '../../../apiserver/retention.ts'
import { policy } from '../../domain/builders.ts'
import { grantOf, put, requestOf, serveApi, user, type Served } from './served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const ADMIN = user('admin')
const AGENT = user('mallory', 'bots')
const suspension = (name: string, spec: object) => ({ apiVersion: 'jit.access/v1', kind: 'AccessSuspension', metadata: { name }, spec })
const LIFTED = { status: { conditions: [{ type: 'Lifted', status: 'True', message: 'the loop is fixed' }] } }
const MERGE = 'application/merge-patch+json'
const ask = {
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name: 'ask' },
  spec: { rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'] }] },
}

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
  api.rights = () => true
  await put(api.store, 'accesspolicies', policy('agents', { subjects: [{ kind: 'User', name: 'mallory' }] }))
})
afterEach(() => api.close())
const suspend = (name: string, spec: object, as = ADMIN, query = '') =>
  api.send(as, `POST accesssuspensions${query}`, { body: suspension(name, spec) })
const lift = (name: string, body: object = LIFTED, as = ADMIN) => api.send(as, `PATCH accesssuspensions/${name}/lift`, { body, type: MERGE })
const recorded = async () => (await api.store.list(UNRECORDED)).entries.map(({ value }) => value)
const fieldsOf = ({ body }: { readonly body: object }) =>
  (body as { readonly details?: { readonly causes?: readonly { readonly reason: string; readonly field: string }[] } }).details?.causes?.map(
    ({ reason, field }) => `${reason} ${field}`,
  )

describe('a suspension', () => {
  it('names the user that created it, whatever the client says, and is recorded with its reason', async () => {
    const { code, body } = await suspend('a', { all: true, reason: 'incident', suspendedBy: { username: 'somebody else' } })
    expect([code, body['spec'], body['status']]).toEqual([
      201,
      { all: true, reason: 'incident', suspendedBy: { username: 'admin' } },
      expect.objectContaining({ phase: 'InForce' }),
    ])
    expect(await recorded()).toEqual([
      expect.objectContaining({
        event: 'agents.suspension',
        decision: 'Suspended',
        by: 'admin',
        suspension: 'a',
        stops: 'all agents',
        message: 'incident',
      }),
    ])
  })
  it.each<[string, object, readonly string[]]>([
    ['stops nobody', { reason: 'x' }, ['FieldValueRequired spec']],
    ['stops by two fields', { all: true, policy: 'agents', reason: 'x' }, ['FieldValueForbidden spec.all']],
    ['has no reason', { all: true }, ['FieldValueRequired spec.reason']],
    ['has an empty reason', { all: true, reason: ' ' }, ['FieldValueRequired spec.reason']],
    ['stops all: false', { all: false, reason: 'x' }, ['FieldValueNotSupported spec.all']],
    [
      'names the cluster itself',
      { subjects: [{ kind: 'Group', name: 'system:authenticated' }], reason: 'x' },
      ['FieldValueInvalid spec.subjects[0].name'],
    ],
    [
      'has a ServiceAccount without namespace',
      { subjects: [{ kind: 'ServiceAccount', name: 'a' }], reason: 'x' },
      ['FieldValueRequired spec.subjects[0].namespace'],
    ],
    ['hides text', { all: true, reason: 'fine\u202e' }, ['FieldValueInvalid spec.reason']],
  ])('is refused with the path of the field when it %s', async (_, spec, fields) => {
    const answer = await suspend('a', spec)
    expect([answer.code, fieldsOf(answer)]).toEqual([422, fields])
  })
  it('of a policy that does not exist is created with a warning', async () => {
    const { code, headers } = await suspend('a', { policy: 'gone', reason: 'x' })
    expect([code, headers.get('warning')]).toEqual([201, expect.stringContaining('there is no AccessPolicy')])
  })
  it('cannot be changed, and cannot be deleted while it is in force', async () => {
    await suspend('a', { all: true, reason: 'x' })
    const changed = await api.send(ADMIN, 'PATCH accesssuspensions/a', { body: { spec: { reason: 'y' } }, type: MERGE })
    expect([changed.code, fieldsOf(changed)]).toEqual([422, ['FieldValueInvalid spec']])
    const forged = await api.send(ADMIN, 'PATCH accesssuspensions/a', { body: LIFTED, type: MERGE })
    expect(forged.body['status']).toMatchObject({ phase: 'InForce' })
    for (const line of ['DELETE accesssuspensions/a', 'DELETE accesssuspensions']) {
      const { code, text } = await api.send(ADMIN, line)
      expect([line, code, text]).toEqual([line, 422, expect.stringContaining('kubectl certify resume a')])
    }
    expect(await api.store.get('accesssuspensions', 'a')).toBeDefined()
  })
  it('is lifted once, with a reason, by a user whom no policy governs', async () => {
    await suspend('a', { all: true, reason: 'x' })
    expect((await lift('a', { status: { conditions: [{ type: 'Lifted', status: 'True' }] } })).code).toBe(422)
    expect((await lift('a', { status: { conditions: [{ type: 'Lifted', status: 'False', message: 'x' }] } })).code).toBe(422)
    expect((await lift('a', LIFTED, AGENT)).code).toBe(403)
    const { code, body } = await lift('a')
    expect([code, body['status']]).toEqual([200, expect.objectContaining({ phase: 'Lifted', liftedBy: { username: 'admin' } })])
    expect((await lift('a', LIFTED, user('another'))).body['status']).toMatchObject({ liftedBy: { username: 'admin' } })
    expect((await recorded()).map((event) => (event as { readonly decision?: string }).decision)).toEqual(['Suspended', 'Lifted'])
    expect((await api.send(ADMIN, 'DELETE accesssuspensions/a')).code).toBe(200)
  })
  it('is never created by an agent', async () => expect((await suspend('a', { all: true, reason: 'x' }, AGENT)).code).toBe(403))
  it('writes nothing in a dry run', async () => {
    expect((await suspend('a', { all: true, reason: 'x' }, ADMIN, '?dryRun=All')).code).toBe(201)
    expect([await api.store.get('accesssuspensions', 'a'), await recorded()]).toEqual([undefined, []])
  })
  it('is kept while it is in force, and for its retention after it is lifted', async () => {
    await suspend('a', { all: true, reason: 'x' })
    await suspend('b', { all: true, reason: 'x' })
    await lift('b')
    await sweep(api.store, START + 59_000, 60)
    expect((await api.store.list('accesssuspensions')).entries).toHaveLength(2)
    await sweep(api.store, START + 3_600_000, 60)
    expect((await api.store.list('accesssuspensions')).entries.map(({ name }) => name)).toEqual(['a'])
  })
})

describe('a suspended agent', () => {
  it.each([
    ['all', { all: true }],
    ['its user', { subjects: [{ kind: 'User', name: 'Mallory' }] }],
    ['its group', { subjects: [{ kind: 'Group', name: 'bots' }] }],
    ['its policy', { policy: 'agents' }],
  ])('requests, is approved and uses nothing when %s is suspended', async (_, spec) => {
    const about = { owner: 'mallory', policy: 'agents', namespaces: ['shop'] }
    const requester = { username: 'mallory', groups: ['bots'] }
    const request = requestOf('filed', about)
    await put(api.store, 'accessrequests', { ...request, spec: { ...request.spec, requester }, status: { expiresAt: '2026-11-25T13:00:00Z' } })
    const grant = grantOf('given', about)
    await put(api.store, 'accessgrants', {
      ...grant,
      spec: { ...grant.spec, subject: requester, notBefore: '2026-11-25T11:00:00Z', expiresAt: '2026-11-25T13:00:00Z' },
    })
    const approval = { status: { conditions: [{ type: 'Approved', status: 'True' }] } }
    const tries = async () => [
      await api.send(AGENT, 'POST accessrequests', { body: ask }),
      await api.send(ADMIN, 'PATCH accessrequests/filed/approval', { body: approval, type: MERGE }),
      await api.send(ADMIN, 'POST accessgrants/given/claim', { body: { kind: 'GrantClaim', apiVersion: 'jit.access/v1', spec: { auditID: 'a' } } }),
    ]
    await suspend('stop', { ...spec, reason: 'it deletes too much' })
    const refused = await tries()
    expect(refused.map((answer) => [answer.code, fieldsOf(answer)])).toEqual([403, 403, 409].map((code) => [code, ['Suspended subject']]))
    for (const { text } of refused) expect(text).toContain('it deletes too much')
    const denial = { status: { conditions: [{ type: 'Denied', status: 'True' }] } }
    await lift('stop')
    expect((await tries()).map(({ code }) => code)).toEqual([201, 200, 201])
    expect((await api.send(ADMIN, 'PATCH accessrequests/ask/approval', { body: denial, type: MERGE })).code).toBe(200)
  })
  it('can still be denied', async () => {
    await api.send(AGENT, 'POST accessrequests', { body: ask })
    await suspend('stop', { all: true, reason: 'x' })
    const denial = { status: { conditions: [{ type: 'Denied', status: 'True' }] } }
    expect((await api.send(ADMIN, 'PATCH accessrequests/ask/approval', { body: denial, type: MERGE })).code).toBe(200)
  })
  it('reads of it in an AccessReview', async () => {
    await suspend('stop', { all: true, reason: 'incident 4711' })
    const body = { apiVersion: 'jit.access/v1', kind: 'AccessReview', spec: { verb: 'get', resource: 'pods', namespace: 'shop' } }
    const answer = await api.send(AGENT, 'POST accessreviews', { body })
    expect(answer.body['status']).toEqual({ allowed: false, message: 'suspended by accesssuspension "stop": incident 4711' })
  })
})
