import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import type { Identity } from '../../../../domain/identity.ts'
import { AGENT, agents, at, eventsOf, faultsOf, grantOf, granted, install, OTHER, revoke, RITA, RULES, SAM, START } from '../extensions/extending.ts'
import { put, serveApi, user, type Answer, type Served } from '../served-api.ts'

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
})
afterEach(() => api.close())

const THIRD = user('oidc:third', 'agents')
const FOURTH = user('oidc:fourth', 'agents')
const to = (...names: readonly string[]) => ({ transfer: { to: names.map((name) => ({ kind: 'User' as const, name })) } })
const ALL = to('oidc:agent', 'oidc:other', 'oidc:third', 'oidc:fourth')

const transfer = (
  name: string,
  spec: object,
  { as = AGENT, query = '' }: { readonly as?: Identity; readonly query?: string } = {},
): Promise<Answer> =>
  api.send(as, `POST accessgrants/${name}/transfer${query}`, { body: { apiVersion: 'jit.access/v1', kind: 'GrantTransfer', spec } })
const madeBy = ({ body }: Answer): string => (body as unknown as AccessGrant).status?.transfers?.at(-1)?.grantName ?? '?'
const claim = (name: string, auditID: string, more: object = {}): Promise<Answer> =>
  api.send(user('gateway', 'system:masters'), `POST accessgrants/${name}/claim`, {
    body: { apiVersion: 'jit.access/v1', kind: 'GrantClaim', spec: { auditID, ...more } },
  })
const suspend = (spec: object): Promise<Answer> =>
  api.send(user('root', 'system:masters'), 'POST accesssuspensions', {
    body: { apiVersion: 'jit.access/v1', kind: 'AccessSuspension', metadata: { name: 's' }, spec: { reason: 'odd', ...spec } },
  })
const usesOf = async (...names: readonly string[]): Promise<readonly (number | undefined)[]> =>
  await Promise.all(names.map(async (name) => (await grantOf(api, name)).status?.uses))

describe('a transfer', () => {
  it('gives a part of the own grant, which names what it is a part of', async () => {
    await install(api, agents(ALL))
    await granted(api, { maxUses: 5 })
    await claim('first', 'a')
    const rules = [{ ...RULES[0], resourceNames: ['web'] }]
    const answer = await transfer('first', { to: 'oidc:other', rules, durationSeconds: 60, maxUses: 2 })
    const parent = await grantOf(api)
    expect([answer.code, parent.status?.transfers]).toEqual([201, [{ grantName: madeBy(answer), to: 'oidc:other', time: '2026-11-25T12:00:00Z' }]])
    const child = await grantOf(api, madeBy(answer))
    expect(child).toMatchObject({
      metadata: { ownerReferences: [{ kind: 'AccessGrant', name: 'first', uid: parent.metadata.uid }] },
      spec: {
        requestName: 'first',
        policy: 'agents',
        subject: { username: 'oidc:other' },
        rules,
        maxUses: 2,
        expiresAt: at(60),
        transferredFrom: [{ grantName: 'first', grantUID: parent.metadata.uid, username: 'oidc:agent' }],
      },
    })
    expect((await eventsOf(api)).at(-1)).toMatchObject({
      event: 'access.transferred',
      user: 'oidc:agent',
      by: 'oidc:agent',
      to: 'oidc:other',
      grant: madeBy(answer),
      from: ['first of oidc:agent'],
      maxUses: 2,
      expiresAt: at(60),
    })
  })
  it('gives everything that is left by default, never longer or more', async () => {
    await install(api, agents({ ...ALL, idleSeconds: 300, maxUsesByClass: { delete: 1 } }))
    await granted(api, { maxUses: 3 })
    await claim('first', 'a')
    const child = await grantOf(api, madeBy(await transfer('first', { to: 'oidc:other' })))
    expect(child.spec).toMatchObject({ rules: RULES, maxUses: 2, expiresAt: at(600), idleSeconds: 300, maxUsesByClass: { delete: 1 } })
  })
  it('of a dry run changes nothing', async () => {
    await install(api, agents(ALL))
    await granted(api)
    expect((await transfer('first', { to: 'oidc:other' }, { query: '?dryRun=All' })).code).toBe(201)
    expect((await api.store.list('accessgrants')).entries).toHaveLength(1)
  })
  it('is passed on at most twice more, and each use is taken from every grant', async () => {
    await install(api, agents(ALL))
    await granted(api, { maxUses: 3 })
    const second = madeBy(await transfer('first', { to: 'oidc:other', maxUses: 2 }))
    const third = madeBy(await transfer(second, { to: 'oidc:third' }, { as: OTHER }))
    const fourth = madeBy(await transfer(third, { to: 'oidc:fourth' }, { as: THIRD }))
    expect((await grantOf(api, fourth)).spec.transferredFrom?.map(({ username }) => username)).toEqual(['oidc:agent', 'oidc:other', 'oidc:third'])
    const fifth = await transfer(fourth, { to: 'oidc:fifth' }, { as: FOURTH })
    expect([fifth.code, faultsOf(fifth)]).toEqual([403, ['spec.to: TransferNotAllowed']])
    expect((await claim(fourth, 'a')).code).toBe(201)
    expect((await claim(fourth, 'a')).code).toBe(201)
    expect(await usesOf('first', second, third, fourth)).toEqual([1, 1, 1, 1])
    expect((await claim('first', 'b')).code).toBe(201)
    expect((await claim('first', 'c')).code).toBe(201)
    const spent = await claim(fourth, 'd')
    expect([spent.code, faultsOf(spent)]).toEqual([409, [': Exhausted']])
    expect(await usesOf('first', second, third, fourth)).toEqual([3, 1, 1, 1])
  })
  it('keeps the whole chain from being idle while the part is used', async () => {
    await install(api, agents({ ...ALL, idleSeconds: 100 }))
    await granted(api)
    const second = madeBy(await transfer('first', { to: 'oidc:other' }))
    for (const seconds of [90, 180, 270]) {
      api.clock.now = START + seconds * 1000
      expect((await claim(second, `use-${seconds}`)).code).toBe(201)
    }
    expect((await grantOf(api)).status?.lastUsed).toBe(at(270))
    api.clock.now = START + 360_000
    expect((await claim(second, 'use-270', { renews: true })).code).toBe(201)
    expect((await grantOf(api)).status?.lastUsed).toBe(at(360))
  })
  it('at the same time from every holder takes no use twice', async () => {
    await install(api, agents(ALL))
    await granted(api, { maxUses: 4 })
    const second = madeBy(await transfer('first', { to: 'oidc:other' }))
    const codes = await Promise.all(Array.from({ length: 8 }, (_, index) => claim(index % 2 === 0 ? 'first' : second, `use-${index}`)))
    expect(codes.filter(({ code }) => code === 201)).toHaveLength(4)
    expect((await grantOf(api)).status?.uses).toBe(4)
  })
})

describe('a transferred grant ends with the grant that it is a part of', () => {
  it.each([
    ['revoked', () => revoke(api, 'first'), ': Revoked'],
    ['deleted', () => api.send(SAM, 'DELETE accessgrants/first'), 'spec.transferredFrom: Revoked'],
    [
      'replaced by another of its name',
      async () => {
        const first = await grantOf(api)
        await put(api.store, 'accessgrants', { ...first, metadata: { ...first.metadata, uid: 'another' } })
      },
      'spec.transferredFrom: Revoked',
    ],
  ])('that is %s', async (_, end, cause) => {
    await install(api, agents(ALL))
    await granted(api)
    const second = madeBy(await transfer('first', { to: 'oidc:other' }))
    const third = madeBy(await transfer(second, { to: 'oidc:third' }, { as: OTHER }))
    await end()
    for (const [name, as] of [
      [second, OTHER],
      [third, THIRD],
    ] as const) {
      const used = await claim(name, 'a')
      expect([used.code, faultsOf(used)]).toEqual([409, [cause]])
      const review = {
        apiVersion: 'jit.access/v1',
        kind: 'AccessReview',
        spec: { verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'shop', name: 'web' },
      }
      expect((await api.send(as, 'POST accessreviews', { body: review })).body).toMatchObject({ status: { allowed: false } })
    }
    expect((await transfer(second, { to: 'oidc:fourth' }, { as: OTHER })).code).toBe(409)
  })
  it('and is covered by it until then', async () => {
    await install(api, agents(ALL))
    await granted(api)
    const second = madeBy(await transfer('first', { to: 'oidc:other' }))
    const review = {
      apiVersion: 'jit.access/v1',
      kind: 'AccessReview',
      spec: { verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'shop', name: 'web' },
    }
    expect((await api.send(OTHER, 'POST accessreviews', { body: review })).body).toMatchObject({ status: { allowed: true, grant: second } })
  })
  it('cannot be extended, and lasts no longer when that one is', async () => {
    await install(api, agents(ALL))
    await granted(api)
    const second = madeBy(await transfer('first', { to: 'oidc:other' }))
    const body = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name: 'more' }, spec: { extends: second, durationSeconds: 1200 } }
    const answer = await api.send(OTHER, 'POST accessrequests', { body })
    expect([answer.code, faultsOf(answer)]).toEqual([422, ['spec.extends: FieldValueForbidden']])
    expect((await grantOf(api, second)).spec.expiresAt).toBe(at(600))
  })
  it('stops when the subject of any of them is suspended', async () => {
    await install(api, agents(ALL))
    await granted(api)
    const second = madeBy(await transfer('first', { to: 'oidc:other' }))
    await suspend({ subjects: [{ kind: 'User', name: 'oidc:agent' }] })
    expect((await claim(second, 'a')).code).toBe(409)
  })
})

describe('a transferred grant is revoked', () => {
  it.each([
    ['by its subject', OTHER, 200],
    ['by whom it was a part of', AGENT, 200],
    ['by an approver', RITA, 200],
    ['not by another agent', THIRD, 403],
  ])('%s, and the grant that it is a part of stays', async (_, as, code) => {
    await install(api, agents(ALL))
    await granted(api)
    const second = madeBy(await transfer('first', { to: 'oidc:other' }))
    expect((await revoke(api, second, as)).code).toBe(code)
    expect([(await claim(second, 'a')).code, (await claim('first', 'b')).code]).toEqual([code === 200 ? 409 : 201, 201])
  })
})

describe('refused is a transfer', () => {
  beforeEach(async () => {
    await install(api, agents(ALL))
    await granted(api, { maxUses: 5, reveal: [{ namespace: 'shop', secret: 'db', keys: ['a'] }] })
  })
  it.each<readonly [string, object, string]>([
    ['of wider rules', { rules: [{ ...RULES[0], namespaces: ['shop', 'prod'] }] }, 'spec.rules: FieldValueInvalid'],
    ['of other verbs', { rules: [{ ...RULES[0], verbs: ['*'] }] }, 'spec.rules: FieldValueInvalid'],
    ['of no rules', { rules: [] }, 'spec.rules: FieldValueRequired'],
    ['for longer', { durationSeconds: 601 }, 'spec.durationSeconds: FieldValueInvalid'],
    ['of more uses', { maxUses: 6 }, 'spec.maxUses: FieldValueInvalid'],
    ['with a misspelled field of a rule', { rules: [{ ...RULES[0], resourceName: ['web'] }] }, 'spec.rules[0].resourceName: FieldValueForbidden'],
    ['with a misspelled limit', { maxuses: 1 }, 'spec.maxuses: FieldValueForbidden'],
    ['of Secrets', { reveal: [{ namespace: 'shop', secret: 'db', keys: ['a'] }] }, 'spec.reveal: FieldValueForbidden'],
    ['to nobody', { to: '' }, 'spec.to: FieldValueRequired'],
  ])('%s', async (_, spec, fault) => {
    const answer = await transfer('first', { to: 'oidc:other', ...spec })
    expect([answer.code, faultsOf(answer)]).toEqual([422, [fault]])
    expect((await api.store.list('accessgrants')).entries).toHaveLength(1)
  })
  it('of revealed Secrets: the part has none', async () => {
    expect((await grantOf(api, madeBy(await transfer('first', { to: 'oidc:other' })))).spec).not.toHaveProperty('reveal')
  })
  it('by somebody else who sees it', async () => {
    const answer = await transfer('first', { to: 'oidc:third' }, { as: RITA })
    expect([answer.code, faultsOf(answer)]).toEqual([403, ['spec.to: TransferNotAllowed']])
  })
  it('by the receiver, who does not see it', async () => expect((await transfer('first', { to: 'oidc:third' }, { as: OTHER })).code).toBe(404))
  it.each([
    ['by a suspended agent', { subjects: [{ kind: 'User', name: 'oidc:agent' }] }, AGENT],
    [
      'by an agent that joined a suspended group since',
      { subjects: [{ kind: 'Group', name: 'newcomers' }] },
      user('oidc:agent', 'agents', 'newcomers'),
    ],
    ['to a suspended agent', { subjects: [{ kind: 'User', name: 'oidc:other' }] }, AGENT],
  ])('%s', async (_, spec, as) => {
    await suspend(spec)
    const answer = await transfer('first', { to: 'oidc:other' }, { as })
    expect([answer.code, faultsOf(answer)]).toEqual([403, ['subject: Suspended']])
  })
  it.each(['oidc:agent', 'OIDC:Agent', 'oidc:stranger'])('to %s', async (name) => {
    expect(faultsOf(await transfer('first', { to: name }))).toEqual(['spec.to: TransferNotAllowed'])
  })
  it('back to an earlier holder', async () => {
    const second = madeBy(await transfer('first', { to: 'oidc:other' }))
    expect(faultsOf(await transfer(second, { to: 'oidc:agent' }, { as: OTHER }))).toEqual(['spec.to: TransferNotAllowed'])
  })
  it.each<readonly [string, Parameters<typeof agents>[0]]>([
    ['names nobody', {}],
    ['names a group', { transfer: { to: [{ kind: 'Group', name: 'agents' }] } }],
    ['names others', to('oidc:third')],
  ])('when one of the policies %s', async (_, requests) => {
    await install(api, { ...agents(requests), metadata: { name: 'strict' } })
    expect(faultsOf(await transfer('first', { to: 'oidc:other' }))).toEqual(['spec.to: TransferNotAllowed'])
  })
  it.each([{ breakGlass: true }, { operation: { method: 'POST', path: '/x', digest: 'd'.repeat(64) } }])('of a grant with %j', async (more) => {
    const { spec, ...grant } = await grantOf(api)
    await put(api.store, 'accessgrants', { ...grant, spec: { ...spec, ...more } })
    expect((await transfer('first', { to: 'oidc:other' })).code).toBe(403)
  })
  it('to the seventeenth receiver, wherever they are in the chain', async () => {
    const second = madeBy(await transfer('first', { to: 'oidc:other' }))
    for (let count = 0; count < 15; count += 1) expect((await transfer(second, { to: 'oidc:third' }, { as: OTHER })).code).toBe(201)
    expect(faultsOf(await transfer(second, { to: 'oidc:third' }, { as: OTHER }))).toEqual(['spec.to: TransferNotAllowed'])
    expect(faultsOf(await transfer('first', { to: 'oidc:other' }))).toEqual(['spec.to: TransferNotAllowed'])
  })
})
