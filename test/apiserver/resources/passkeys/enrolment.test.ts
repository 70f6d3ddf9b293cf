import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sweep } from '../../../../apiserver/retention.ts'
import type { ApproverKey } from '../../../../domain/api/passkeys/approver-key.ts'
import { registrationChallenge } from '../../../../domain/approval/passkey-challenge.ts'
import type { Identity } from '../../../../domain/identity.ts'
import { createAuthenticator, type Twist } from '../../../fakes/authenticator.ts'
import { serveApi, user, type Answer } from '../served-api.ts'
import { ADMIN, AGENT, ALICE, BOB, causesOf, confirmed, PLACE, revoked, startPasskeys, START, type PasskeyFixture } from './passkey-fixture.ts'

let fixture: PasskeyFixture
beforeEach(async () => {
  fixture = await startPasskeys()
})
afterEach(() => fixture.close())

const keyIn = ({ body }: Answer): ApproverKey => body as unknown as ApproverKey
const created = async (as: Identity, more: object = {}): Promise<ApproverKey> => keyIn(await fixture.createKey(as, more))
const readKey = (name: string): Promise<ApproverKey> => fixture.read<ApproverKey>(ADMIN, `approverkeys/${name}`)
const device = () => createAuthenticator(PLACE)

describe('a new key', () => {
  it('is one of the caller, whatever it says, and does not count', async () => {
    const status = { publicKey: 'AAAA', credentialID: 'AAAA', conditions: [{ type: 'Confirmed', status: 'True' }] }
    const key = await created(ALICE, { spec: { user: { username: BOB.username }, label: 'phone' }, status })
    expect(key.spec).toMatchObject({ user: { username: ALICE.username }, label: 'phone' })
    expect(key.status).toEqual({ phase: 'Unregistered', rpID: PLACE.rpID, expiresAt: '2026-11-25T12:10:00Z' })
  })
  it('keeps no finalizers and owners', async () => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: 'u' }
    const key = await created(ALICE, { metadata: { generateName: 'key-', finalizers: ['a.example/b'], ownerReferences: [owner] } })
    expect([key.metadata.finalizers, key.metadata.ownerReferences]).toEqual([undefined, undefined])
  })
  it('is refused to agents', async () => expect((await fixture.createKey(AGENT)).code).toBe(403))
  it('is refused where no passkeys are configured', async () => {
    const api = await serveApi(START)
    const body = { apiVersion: 'jit.access/v1', kind: 'ApproverKey', metadata: { generateName: 'key-' }, spec: {} }
    expect((await api.send(ALICE, 'POST approverkeys', { body })).text).toContain('sets passkeys in the configuration')
    await api.close()
  })
  it('replaces the one that was not registered', async () => {
    const first = await created(ALICE)
    const second = await created(ALICE)
    expect([(await readKey(first.metadata.name)).status?.phase, (await readKey(second.metadata.name)).status?.phase]).toEqual([
      undefined,
      'Unregistered',
    ])
  })
  it('is the third that waits for confirmation at most, and the eleventh of all, also if many are created at once', async () => {
    for (const _ of [1, 2]) await fixture.registered(ALICE, device())
    expect(causesOf(await fixture.createKey(ALICE))[0]?.reason).toBe('TooManyKeys')
    expect((await fixture.createKey(user('OIDC:Alice'))).code).toBe(403)
    const { items } = await fixture.read<{ readonly items: ApproverKey[] }>(ADMIN, 'approverkeys')
    for (const key of items) await fixture.confirm(ADMIN, key)
    for (const _ of Array.from({ length: 7 })) await fixture.enrol(ALICE)
    // What the next one replaces does not count.
    await created(ALICE)
    await fixture.enrol(ALICE)
    const answers = await Promise.all([1, 2, 3].map(() => fixture.createKey(ALICE)))
    expect(answers.map(({ code }) => code)).toEqual([403, 403, 403])
    expect((await fixture.createKey(BOB)).code).toBe(201)
  })
  it('goes when it was not registered in time, or not confirmed for as long as requests are kept', async () => {
    const key = await created(ALICE)
    const waits = await fixture.registered(BOB, device())
    const kept = await fixture.enrol(BOB)
    const phases = async (): Promise<readonly (string | undefined)[]> =>
      await Promise.all([key.metadata.name, waits.metadata.name, kept.name].map(async (name) => (await readKey(name)).status?.phase))
    await sweep(fixture.api.store, START + 599_000, 3600)
    expect(await phases()).toEqual(['Unregistered', 'Unconfirmed', 'Confirmed'])
    await sweep(fixture.api.store, START + 601_000, 3600)
    expect(await phases()).toEqual([undefined, 'Unconfirmed', 'Confirmed'])
    await sweep(fixture.api.store, START + 3_601_000, 3600)
    expect(await phases()).toEqual([undefined, undefined, 'Confirmed'])
  })
})

describe('a registration', () => {
  it('stores the credential, which waits', async () => {
    const authenticator = device()
    const { status } = await fixture.registered(ALICE, authenticator)
    expect(status).toMatchObject({ phase: 'Unconfirmed', credentialID: authenticator.id, counter: 0, transports: ['internal'], backedUp: false })
    expect(status?.fingerprint).toMatch(/^([0-9a-f]{4} ){7}[0-9a-f]{4}$/)
    expect([status?.registration, status?.expiresAt]).toEqual([undefined, undefined])
  })
  it.each<[string, Twist & { readonly challenge?: string }]>([
    ['of another origin', { origin: 'https://evil.example.com' }],
    ['for another relying party', { rpID: 'evil.example.com' }],
    ['without verification of the user', { userVerified: false }],
    ['without the user', { present: false }],
    ['of another type', { type: 'webauthn.get' }],
    ['in a frame of another site', { crossOrigin: true }],
    ['with another challenge', { challenge: registrationChallenge({ uid: 'other', owner: ALICE.username }) }],
  ])('%s is refused', async (_title, twist) => {
    const made = await created(ALICE)
    const answer = await fixture.register(ALICE, made, { device: device(), twist })
    expect(answer.code).toBe(422)
    expect(causesOf(answer)[0]).toMatchObject({ reason: 'PasskeyRejected', field: 'status.registration' })
    expect((await readKey(made.metadata.name)).status?.phase).toBe('Unregistered')
  })
  it('by another user is refused, also by an admin', async () => {
    const made = await created(ALICE)
    expect((await fixture.register(BOB, made, { device: device() })).code).toBe(404)
    expect((await fixture.register(ADMIN, made, { device: device() })).code).toBe(403)
  })
  it('comes once, and in time', async () => {
    const key = await fixture.registered(ALICE, device())
    expect((await fixture.register(ALICE, key, { device: device() })).code).toBe(409)
    const ended = await created(ALICE)
    await fixture.api.send(ALICE, `PUT approverkeys/${ended.metadata.name}/revocation`, { body: revoked(ended) })
    expect((await fixture.register(ALICE, await readKey(ended.metadata.name), { device: device() })).code).toBe(409)
    const made = await created(ALICE)
    fixture.api.clock.now += 600_000
    expect((await fixture.register(ALICE, made, { device: device() })).code).toBe(409)
  })
  it('of a credential that another key has is refused, also to another user, and after its end', async () => {
    const authenticator = device()
    const key = await fixture.registered(ALICE, authenticator)
    await fixture.api.send(ALICE, `PUT approverkeys/${key.metadata.name}/revocation`, { body: revoked(key) })
    for (const who of [ALICE, BOB])
      expect((await fixture.register(who, await created(who), { device: authenticator })).text).toContain('registered already')
  })
  it('of one credential by two users at the same time stores it once', async () => {
    const authenticator = device()
    for (const _ of Array.from({ length: 5 })) {
      const made = await Promise.all([ALICE, BOB].map(async (who) => ({ who, key: await created(who) })))
      const answers = await Promise.all(made.map(({ who, key }) => fixture.register(who, key, { device: authenticator })))
      expect(answers.map(({ code }) => code).toSorted((one, other) => one - other)).toEqual([200, 409])
      expect(answers.find(({ code }) => code === 409)?.text).toContain('registered already')
      for (const { who, key } of made) await fixture.api.send(who, `DELETE approverkeys/${key.metadata.name}`)
    }
    expect((await fixture.api.store.list('passkeycredentials')).entries).toHaveLength(1)
    // A registration that runs for long still meets the claim.
    await sweep(fixture.api.store, START + 120_000, 3600)
    expect((await fixture.api.store.list('passkeycredentials')).entries).toHaveLength(1)
    await sweep(fixture.api.store, START + 900_000, 3600)
    expect((await fixture.api.store.list('passkeycredentials')).entries).toEqual([])
  })
  it('names the credential that was made', async () => {
    const made = await created(ALICE)
    const { uid = '', name } = made.metadata
    const registration = { ...device().create(registrationChallenge({ uid, owner: ALICE.username })), id: device().id }
    const answer = await fixture.api.send(ALICE, `PUT approverkeys/${name}/registration`, { body: { ...made, status: { registration } } })
    expect(causesOf(answer)[0]).toMatchObject({ reason: 'PasskeyRejected' })
  })
  it('without a response names the field', async () => {
    const made = await created(ALICE)
    const answer = await fixture.api.send(ALICE, `PUT approverkeys/${made.metadata.name}/registration`, { body: made })
    expect(causesOf(answer)[0]).toMatchObject({ reason: 'FieldValueRequired', field: 'status.registration' })
  })
})

describe('a confirmation', () => {
  it('is of somebody else with the right, and says who', async () => {
    const key = await fixture.registered(ALICE, device())
    expect((await fixture.confirm(BOB, key)).code).toBe(403)
    const { status } = keyIn(await fixture.confirm(ADMIN, key))
    expect([status?.phase, status?.confirmedBy?.username]).toEqual(['Confirmed', ADMIN.username])
  })
  it.each(['oidc:admin', 'OIDC:Admin'])('is never of a key of one’s own: %s', async (name) => {
    const key = await fixture.registered(user(name), device())
    const rights = fixture.api.rights
    fixture.api.rights = (who, attributes) => attributes.subresource === 'confirmation' || rights(who, attributes)
    expect((await fixture.confirm(ADMIN, key)).text).toContain('nobody may confirm a key of their own')
    expect((await fixture.confirm(user(name, 'system:masters'), key)).code).toBe(403)
  })
  it('repeats the fingerprint that was compared', async () => {
    const key = await fixture.registered(ALICE, device())
    const send = (status: object): Promise<Answer> =>
      fixture.api.send(ADMIN, `PUT approverkeys/${key.metadata.name}/confirmation`, { body: { ...key, status } })
    const { conditions } = confirmed(key).status ?? {}
    expect(causesOf(await send({ conditions }))[0]).toMatchObject({ reason: 'FieldValueRequired', field: 'status.fingerprint' })
    expect(causesOf(await send({ conditions, fingerprint: '0000' }))[0]).toMatchObject({ reason: 'FieldValueInvalid', field: 'status.fingerprint' })
    expect((await readKey(key.metadata.name)).status?.phase).toBe('Unconfirmed')
  })
  it('is of the object that was looked at: not of another under its name, and not by a patch', async () => {
    const metadata = { name: 'phone' }
    const first = await created(ALICE, { metadata })
    const old = keyIn(await fixture.register(ALICE, first, { device: device() }))
    await fixture.api.send(ALICE, 'DELETE approverkeys/phone')
    await fixture.register(ALICE, await created(ALICE, { metadata }), { device: device() })
    expect((await fixture.confirm(ADMIN, old)).code).toBe(409)
    const type = 'application/merge-patch+json'
    const body = { status: { conditions: [{ type: 'Confirmed', status: 'True' }] } }
    expect((await fixture.api.send(ADMIN, 'PATCH approverkeys/phone/confirmation', { body, type })).code).toBe(405)
  })
  it('needs a registration, and does not revive a key', async () => {
    const made = await created(ALICE)
    expect((await fixture.confirm(ADMIN, made)).code).toBe(409)
    const key = await fixture.registered(ALICE, device())
    const ended = keyIn(await fixture.api.send(ALICE, `PUT approverkeys/${key.metadata.name}/revocation`, { body: revoked(key) }))
    expect((await fixture.confirm(ADMIN, ended)).code).toBe(409)
  })
  it('is not of a key that is being deleted, and neither is an approval', async () => {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Foreground' }
    const waits = await fixture.registered(ALICE, device())
    const key = await fixture.enrol(ALICE)
    for (const name of [waits.metadata.name, key.name]) await fixture.api.send(ALICE, `DELETE approverkeys/${name}`, { body })
    expect((await fixture.confirm(ADMIN, await readKey(waits.metadata.name))).text).toContain('it is being deleted')
    expect(causesOf(await fixture.approve(ALICE, await fixture.ask(), { key }))[0]?.reason).toBe('ApproverKeyUnusable')
  })
  it('is the only way: the owner cannot write the status', async () => {
    const key = await fixture.registered(ALICE, device())
    const name = key.metadata.name
    for (const line of [`PUT approverkeys/${name}`, `PUT approverkeys/${name}/status`])
      expect([404, 405]).toContain((await fixture.api.send(ALICE, line, { body: confirmed(key) })).code)
    await fixture.api.send(ALICE, `PUT approverkeys/${name}/revocation`, { body: confirmed(key) })
    expect((await readKey(name)).status?.phase).toBe('Unconfirmed')
  })
})

describe('the end of a key', () => {
  it('is for its owner and for who may confirm, and stays visible', async () => {
    for (const who of [ALICE, ADMIN]) {
      const { name } = await fixture.enrol(ALICE)
      const key = await readKey(name)
      expect((await fixture.api.send(BOB, `PUT approverkeys/${name}/revocation`, { body: revoked(key) })).code).toBe(404)
      expect((await fixture.api.send(BOB, `DELETE approverkeys/${name}`)).code).toBe(404)
      expect((await fixture.api.send(who, `PUT approverkeys/${name}/revocation`, { body: revoked(key) })).code).toBe(200)
      expect((await readKey(name)).status).toMatchObject({ phase: 'Revoked', revokedBy: who.username })
      expect((await fixture.api.send(who, `DELETE approverkeys/${name}`)).code).toBe(200)
    }
  })
  it('who sees all keys but may not confirm them does not end them', async () => {
    const { name } = await fixture.enrol(ALICE)
    fixture.api.rights = (_, { verb }) => verb === 'view'
    expect((await fixture.api.send(BOB, `DELETE approverkeys/${name}`)).code).toBe(403)
    expect(
      (
        await fixture.api.send(BOB, `PUT approverkeys/${name}/revocation`, {
          body: revoked(await fixture.read<ApproverKey>(BOB, `approverkeys/${name}`)),
        })
      ).code,
    ).toBe(403)
  })
})

it('owners see their own keys, admins all', async () => {
  await fixture.enrol(ALICE)
  await fixture.enrol(BOB)
  const seenBy = async (who: Identity): Promise<readonly (string | undefined)[]> =>
    (await fixture.read<{ readonly items: ApproverKey[] }>(who, 'approverkeys')).items.map(({ spec }) => spec.user?.username)
  expect(await seenBy(ALICE)).toEqual([ALICE.username])
  expect(new Set(await seenBy(ADMIN))).toEqual(new Set([ALICE.username, BOB.username]))
  expect(await seenBy(user('oidc:alice2'))).toEqual([])
  // A user that was made again under an old name.
  await fixture.enrol({ ...user('oidc:carol'), uid: '1' })
  expect(await Promise.all(['1', '2', ''].map((uid) => seenBy({ ...user('oidc:carol'), uid })))).toEqual([['oidc:carol'], [], ['oidc:carol']])
  // RBAC lets the agent confirm keys by mistake.
  const rights = fixture.api.rights
  fixture.api.rights = (who, attributes) => (who.username === AGENT.username && attributes.verb === 'update') || rights(who, attributes)
  expect(await seenBy(AGENT)).toEqual([])
})

it('every step is recorded', async () => {
  const { name } = await fixture.enrol(ALICE)
  await fixture.api.send(ALICE, `DELETE approverkeys/${name}`)
  const { entries } = await fixture.api.store.list('unrecorded')
  const events = entries.map(({ value }) => value).filter(({ event }) => event === 'approver.key')
  expect(events.map(({ decision, by, user: owner, key }) => [decision, by, owner, key])).toEqual([
    ['Registered', ALICE.username, ALICE.username, name],
    ['Confirmed', ADMIN.username, ALICE.username, name],
    ['Deleted', ALICE.username, ALICE.username, name],
  ])
})
