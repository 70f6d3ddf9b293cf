import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyWrite } from '../../../../apiserver/resources/passkeys/stored-keys.ts'
import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import type { ApproverKey } from '../../../../domain/api/passkeys/approver-key.ts'
import { createAuthenticator } from '../../../fakes/authenticator.ts'
import { put, serveApi } from '../served-api.ts'
import { policy } from '../../../domain/builders.ts'
import { ADMIN, AGENT, ALICE, BOB, causesOf, PLACE, revoked, START, startPasskeys, type Approval, type PasskeyFixture } from './passkey-fixture.ts'

let fixture: PasskeyFixture
beforeEach(async () => {
  fixture = await startPasskeys()
})
afterEach(() => fixture.close())

const statusOf = async (name: string) => (await fixture.requestNamed(name)).status
const grantsOf = async (): Promise<readonly AccessGrant[]> => (await fixture.read<{ readonly items: AccessGrant[] }>(ALICE, 'accessgrants')).items

describe('an approval of a risk that needs a passkey', () => {
  it('is refused without an assertion, with the page of the console', async () => {
    const name = await fixture.ask()
    expect((await fixture.requestNamed(name)).status?.approvals?.passkey).toBe(true)
    const answer = await fixture.send(ALICE, name, {})
    expect(answer.code).toBe(403)
    expect(causesOf(answer)).toEqual([{ reason: 'PasskeyRequired', field: 'status.passkey', message: `${PLACE.origin}/requests/${name}` }])
    expect(await grantsOf()).toEqual([])
  })
  it('is granted with one, and the request says which key', async () => {
    const key = await fixture.enrol(ALICE)
    const name = await fixture.ask()
    expect((await fixture.approve(ALICE, name, { key })).code).toBe(200)
    const { status } = await fixture.requestNamed(name)
    expect(status?.reviews?.[0]?.passkey).toMatchObject({ key: key.name, assertion: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown })
    expect(status?.passkey).toBeUndefined()
    expect((await fixture.read<ApproverKey>(ALICE, `approverkeys/${key.name}`)).status).toMatchObject({
      counter: 1,
      lastUsed: '2026-11-25T12:00:00Z',
    })
    expect((await grantsOf()).map(({ metadata }) => metadata.name)).toEqual([name])
  })
  it('is denied without one', async () => {
    const request = await fixture.requestNamed(await fixture.ask())
    const body = { ...request, status: { ...request.status, conditions: [{ type: 'Denied', status: 'True', message: 'no' }] } }
    expect((await fixture.api.send(ALICE, `PUT accessrequests/${request.metadata.name}/approval`, { body })).code).toBe(200)
  })
  it('takes the narrowing that was signed, and no other', async () => {
    const key = await fixture.enrol(ALICE)
    const [one, other] = [await fixture.ask(), await fixture.ask()]
    const narrowed = { durationSeconds: 60, maxUses: 1 }
    expect(causesOf(await fixture.approve(ALICE, one, { key, narrowed, signed: { narrowed: { durationSeconds: 30, maxUses: 1 } } }))[0]?.reason).toBe(
      'PasskeyRejected',
    )
    expect((await fixture.approve(ALICE, other, { key, narrowed })).code).toBe(200)
    expect((await grantsOf())[0]?.spec.maxUses).toBe(1)
  })
})

describe('an assertion is refused', () => {
  it.each<[string, Approval]>([
    ['of another origin', { twist: { origin: 'https://evil.example.com' } }],
    ['of the origin on another port', { twist: { origin: `${PLACE.origin}:8443` } }],
    ['in a frame of another site', { twist: { crossOrigin: true } }],
    ['for another relying party', { twist: { rpID: 'example.com' } }],
    ['without verification of the user', { twist: { userVerified: false } }],
    ['without the user', { twist: { present: false } }],
    ['of another type', { twist: { type: 'webauthn.create' } }],
    ['for another user', { signed: { approver: BOB.username } }],
    ['for a wider duration', { narrowed: { durationSeconds: 300 }, signed: { narrowed: { durationSeconds: 30 } } }],
    ['for an approval that was not narrowed, narrowed', { narrowed: { durationSeconds: 30 }, signed: { narrowed: undefined } }],
    ['for a plan that was cut', { signed: { unseen: true } }],
    ['at another time', { signed: { issuedAt: '2026-11-25T11:59:59Z' } }],
    ['too old', { sent: { issuedAt: '2026-11-25T11:54:59Z' }, signed: { issuedAt: '2026-11-25T11:54:59Z' } }],
    ['of the future', { sent: { issuedAt: '2026-11-25T12:02:00Z' }, signed: { issuedAt: '2026-11-25T12:02:00Z' } }],
    ['of no time', { sent: { issuedAt: '2026-13-45T99:99:99Z' }, signed: { issuedAt: '2026-13-45T99:99:99Z' } }],
    ['with another signature', { sent: { signature: 'AAAA' } }],
    ['without client data', { sent: { clientDataJSON: 'AAAA' } }],
    ['without authenticator data', { sent: { authenticatorData: 'AAAA' } }],
  ])('%s', async (_title, given) => {
    const key = await fixture.enrol(ALICE)
    const name = await fixture.ask()
    const answer = await fixture.approve(ALICE, name, { key, ...given })
    expect([403, 422]).toContain(answer.code)
    expect(await grantsOf()).toEqual([])
    // Nothing that was not signed by the key ends it.
    expect((await fixture.approve(ALICE, name, { key })).code).toBe(200)
  })
  it('of the wrong form, with the path of the field', async () => {
    const key = await fixture.enrol(ALICE)
    const answer = await fixture.approve(ALICE, await fixture.ask(), { key, sent: { signature: 'not base64url!' } })
    expect(answer.code).toBe(422)
    expect(causesOf(answer)[0]?.field).toBe('status.passkey.signature')
  })
  it('for a plan that was shown whole, and not for one that was cut', async () => {
    const key = await fixture.enrol(ALICE)
    const name = await fixture.ask()
    const passkey = await fixture.sign(ALICE, name, { key })
    expect(causesOf(await fixture.send(ALICE, name, { passkey, unseen: true }))[0]?.reason).toBe('PasskeyRejected')
  })
  it('for request A with request B', async () => {
    const key = await fixture.enrol(ALICE)
    const [a, b] = [await fixture.ask(), await fixture.ask()]
    const passkey = await fixture.sign(ALICE, a, { key })
    expect(causesOf(await fixture.send(ALICE, b, { passkey }))[0]?.reason).toBe('PasskeyRejected')
    expect((await fixture.send(ALICE, a, { passkey })).code).toBe(200)
  })
  it('by a key of somebody else, with and without their name', async () => {
    const key = await fixture.enrol(BOB)
    const name = await fixture.ask()
    for (const signed of [{}, { approver: BOB.username }])
      expect(causesOf(await fixture.approve(ALICE, name, { key, signed }))[0]?.reason).toBe('ApproverKeyUnusable')
    const own = await fixture.enrol(ALICE)
    // The name of her own key, the signature of his.
    const passkey = { ...(await fixture.sign(ALICE, name, { key })), key: own.name }
    expect(causesOf(await fixture.send(ALICE, name, { passkey }))[0]?.reason).toBe('PasskeyRejected')
  })
  it.each(['not confirmed', 'revoked', 'deleted', 'unknown'])('by a key that is %s', async (state) => {
    const device = createAuthenticator(PLACE)
    const key = await fixture.registered(ALICE, device)
    const { name } = key.metadata
    if (state !== 'not confirmed') await fixture.confirm(ADMIN, key)
    if (state === 'revoked')
      await fixture.api.send(ALICE, `PUT approverkeys/${name}/revocation`, {
        body: revoked(await fixture.read<ApproverKey>(ALICE, `approverkeys/${name}`)),
      })
    if (state === 'deleted') expect((await fixture.api.send(ALICE, `DELETE approverkeys/${name}`)).code).toBe(200)
    const answer = await fixture.approve(ALICE, await fixture.ask(), { key: { name: state === 'unknown' ? 'other' : name, device } })
    expect(answer.code).toBe(403)
    expect(causesOf(answer)[0]).toMatchObject({ reason: 'ApproverKeyUnusable', field: 'status.passkey.key' })
    expect(await grantsOf()).toEqual([])
  })
  it('when its counter did not go on, and the key ends', async () => {
    const key = await fixture.enrol(ALICE)
    expect((await fixture.approve(ALICE, await fixture.ask(), { key })).code).toBe(200)
    key.device.setCounter(0)
    const name = await fixture.ask()
    const passkey = await fixture.sign(ALICE, name, { key })
    // A dry run writes nothing.
    for (const query of ['?dryRun=All', '?dryRun=All', ''])
      expect(causesOf(await fixture.send(ALICE, name, { passkey, query }))[0]?.message).toContain('there may be a copy')
    const { status } = await fixture.read<ApproverKey>(ALICE, `approverkeys/${key.name}`)
    expect(status?.phase).toBe('Revoked')
    expect(status?.conditions?.find(({ type }) => type === 'Revoked')?.reason).toBe('CounterRegressed')
    expect(causesOf(await fixture.approve(ALICE, name, { key }))[0]?.reason).toBe('ApproverKeyUnusable')
  })
  it('but not when the authenticator does not count', async () => {
    const key = await fixture.enrol(ALICE)
    for (const _ of [1, 2]) expect((await fixture.approve(ALICE, await fixture.ask(), { key, twist: { counts: 0 } })).code).toBe(200)
  })
  it('also where none is needed', async () => {
    const key = await fixture.enrol(ALICE)
    await put(fixture.api.store, 'accesspolicies', policy('agents', { subjects: [{ kind: 'User', name: AGENT.username }] }))
    const name = await fixture.ask()
    expect((await fixture.approve(ALICE, name, { key, twist: { userVerified: false } })).code).toBe(403)
    expect((await fixture.send(ALICE, name, {})).code).toBe(200)
  })
})

describe('with two approvers', () => {
  const two = { approvals: { required: 2, passkey: { requiredFor: 'High' } } } as const
  beforeEach(async () => {
    await fixture.close()
    fixture = await startPasskeys(two)
  })
  it('an assertion over the request before the first approval is not one after it', async () => {
    const [alice, bob] = [await fixture.enrol(ALICE), await fixture.enrol(BOB)]
    const name = await fixture.ask()
    const early = await fixture.sign(BOB, name, { key: bob })
    expect((await fixture.approve(ALICE, name, { key: alice })).code).toBe(200)
    expect(causesOf(await fixture.send(BOB, name, { passkey: early }))[0]?.reason).toBe('PasskeyRejected')
    expect((await fixture.approve(BOB, name, { key: bob })).code).toBe(200)
    expect(await grantsOf()).toHaveLength(1)
  })
  it('an approval whose key ended meanwhile does not count, and its assertion does not count again', async () => {
    const [alice, bob] = [await fixture.enrol(ALICE), await fixture.enrol(BOB)]
    const name = await fixture.ask()
    const passkey = await fixture.sign(ALICE, name, { key: alice })
    await fixture.send(ALICE, name, { passkey })
    await fixture.api.send(ALICE, `DELETE approverkeys/${alice.name}`)
    expect((await fixture.approve(BOB, name, { key: bob })).code).toBe(200)
    expect((await statusOf(name))?.reviews?.map(({ lapsed }) => lapsed ?? false)).toEqual([true, false])
    expect(await grantsOf()).toEqual([])
    expect((await fixture.send(ALICE, name, { passkey })).code).toBe(403)
    const next = await fixture.enrol(ALICE)
    expect((await fixture.send(ALICE, name, { passkey: { ...passkey, key: next.name } })).code).toBe(403)
    expect((await fixture.approve(ALICE, name, { key: next })).code).toBe(200)
    expect(await grantsOf()).toHaveLength(1)
  })
  it('an approval whose key ends while the rights of its reviewer are looked up gives no grant', async () => {
    const [alice, bob] = [await fixture.enrol(ALICE), await fixture.enrol(BOB)]
    const name = await fixture.ask()
    expect((await fixture.approve(ALICE, name, { key: alice })).code).toBe(200)
    const passkey = await fixture.sign(BOB, name, { key: bob })
    const { rights } = fixture.api
    const key = await fixture.read<ApproverKey>(ALICE, `approverkeys/${alice.name}`)
    let ended: Promise<number> | undefined
    fixture.api.rights = (who, asked) => {
      if (who.username === ALICE.username) ended ??= fixture.api.store.commit([keyWrite(revoked(key), Number(key.metadata.resourceVersion))])
      return rights(who, asked)
    }
    const { code } = await fixture.send(BOB, name, { passkey })
    await ended
    expect(ended).toBeDefined()
    fixture.api.rights = rights
    expect(code).toBe(409)
    expect(await grantsOf()).toEqual([])
    expect((await fixture.approve(BOB, name, { key: bob })).code).toBe(200)
    expect((await statusOf(name))?.reviews?.map(({ lapsed }) => lapsed ?? false)).toEqual([true, false])
  })
  it('an approval without a passkey stops counting when the policy requires one', async () => {
    const subjects = [{ kind: 'User', name: AGENT.username }] as const
    await put(fixture.api.store, 'accesspolicies', policy('agents', { subjects, approvals: { required: 2 } }))
    const name = await fixture.ask()
    expect((await fixture.send(ALICE, name, {})).code).toBe(200)
    await put(fixture.api.store, 'accesspolicies', policy('agents', { subjects, approvals: { required: 2, passkey: { requiredFor: 'Low' } } }))
    const bob = await fixture.enrol(BOB)
    expect((await fixture.approve(BOB, name, { key: bob })).code).toBe(200)
    expect((await statusOf(name))?.approvals).toMatchObject({ given: 1, required: 2, passkey: true })
    expect(await grantsOf()).toEqual([])
  })
})

it('the strictest policy counts', async () => {
  const subjects = [{ kind: 'User', name: AGENT.username }] as const
  await put(fixture.api.store, 'accesspolicies', policy('lenient', { subjects }))
  const name = await fixture.ask({ policy: 'lenient' })
  expect(causesOf(await fixture.send(ALICE, name, {}))[0]?.reason).toBe('PasskeyRequired')
})

it('break-glass does not grant what needs a passkey', async () => {
  const subjects = [{ kind: 'User', name: AGENT.username }] as const
  await put(
    fixture.api.store,
    'accesspolicies',
    policy('agents', { subjects, approvals: { breakGlass: { subjects }, passkey: { requiredFor: 'Low' } } }),
  )
  const spec = {
    breakGlass: true,
    reason: 'the shop is down, incident 4711',
    rules: [{ verbs: ['delete'], resources: ['pods'], namespaces: ['shop'], resourceNames: ['web'] }],
  }
  const answer = await fixture.api.send(AGENT, 'POST accessrequests', {
    body: { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { generateName: 'r-' }, spec },
  })
  expect(answer.code).toBe(403)
  expect(causesOf(answer)[0]?.reason).toBe('BreakGlassNotAllowed')
  expect(await grantsOf()).toEqual([])
})

it('where no passkeys are configured, a policy that requires them warns, and nothing of its risk is approved', async () => {
  const api = await serveApi(START)
  const subjects = [{ kind: 'User', name: AGENT.username }]
  const body = { ...policy('agents'), spec: { subjects, approvals: { passkey: { requiredFor: 'Low' } } } }
  const made = await api.send(ADMIN, 'POST accesspolicies', { body })
  expect([made.code, made.headers.get('warning')]).toEqual([201, expect.stringContaining('the apiserver has no passkeys')])
  api.rights = (_, { verb }) => verb === 'certify'
  const spec = { rules: [{ verbs: ['get'], resources: ['configmaps'], namespaces: ['shop'], resourceNames: ['a'] }] }
  const asked = await api.send(AGENT, 'POST accessrequests', {
    body: { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name: 'r' }, spec },
  })
  const status = { conditions: [{ type: 'Approved', status: 'True' }] }
  const answer = await api.send(ALICE, 'PUT accessrequests/r/approval', { body: { ...asked.body, status } })
  expect([answer.code, causesOf(answer)[0]]).toEqual([
    403,
    { reason: 'PasskeyRequired', field: 'status.passkey', message: 'no console is configured' },
  ])
  await api.close()
})

it.each([{}, { requiredFor: 'Highest' }])('a policy with passkey %j is refused', async (passkey) => {
  const body = { ...policy('other'), spec: { subjects: [{ kind: 'User', name: 'a' }], approvals: { passkey } } }
  const answer = await fixture.api.send(ADMIN, 'POST accesspolicies', { body })
  expect([answer.code, causesOf(answer)[0]?.field]).toEqual([422, 'spec.approvals.passkey.requiredFor'])
})
