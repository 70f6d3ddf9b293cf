import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'
import type { Identity } from '../../../domain/identity.ts'
import {
  ADMIN,
  AGENT,
  ALICE,
  BOB,
  causesOf,
  confirmed,
  PLACE,
  startPasskeys,
  type PasskeyFixture,
} from '../../apiserver/resources/passkeys/passkey-fixture.ts'
import { user, type Answer } from '../../apiserver/resources/served-api.ts'
import { createAuthenticator } from '../../fakes/authenticator.ts'
import { ROOT } from '../../manifest/overlay.ts'

/** X. What a thief of the console, of a session, of the gateway or of an assertion can approve where a policy requires passkeys: nothing. */
let world: PasskeyFixture
beforeEach(async () => {
  world = await startPasskeys({ approvals: { required: 1, passkey: { requiredFor: 'Low' } } })
})
afterEach(() => world.close())

/** Any person, as the console names them: its credential and the keys of its sessions are stolen. */
const byConsole = (who: Identity): Identity => ({ ...who, extra: { 'jit.access/via': ['console'], 'jit.access/session': ['stolen'] } })
const grants = async (): Promise<number> =>
  ((await world.api.send(user('root', 'system:masters'), 'GET accessgrants')).body as unknown as { readonly items: readonly unknown[] }).items.length

const refused = (answer: Answer): void => expect([answer.code, causesOf(answer)[0]?.reason]).toEqual([403, 'PasskeyRejected'])

/** What the console's ServiceAccount may do to keys in the name of people. */
function ceiling(): readonly string[] {
  type Rule = { readonly resources?: readonly string[]; readonly verbs: readonly string[] }
  const documents = parseAllDocuments(readFileSync(join(ROOT, 'kustomize/components/console/rbac.yaml'), 'utf8')).map(
    (document) => document.toJS() as { readonly kind: string; readonly rules?: readonly Rule[] },
  )
  return documents
    .flatMap(({ rules = [] }) => rules)
    .flatMap(({ resources = [], verbs }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb.replace('impersonate-on:user-info:', '')} ${resource}`)),
    )
    .filter((right) => right.includes('approverkeys'))
}

describe('X. a thief of the console, with its credential and the keys of its sessions', () => {
  it('X250 approves nothing that needs a passkey, as no approver and as no admin', async () => {
    await world.enrol(ALICE)
    const name = await world.ask()
    for (const who of [ALICE, BOB, ADMIN]) expect((await world.send(byConsole(who), name, {})).code).toBe(403)
    expect(await grants()).toBe(0)
  })
  it('X251 makes keys in the name of an approver, which never count', async () => {
    const device = createAuthenticator(PLACE)
    const key = await world.registered(byConsole(ALICE), device)
    const name = await world.ask()
    expect(causesOf(await world.approve(byConsole(ALICE), name, { key: { name: key.metadata.name, device } }))[0]?.reason).toBe('ApproverKeyUnusable')
    // Nobody confirms their own, so one stolen admin enrols nobody alone. In the name of the owner the server refuses. In the name of an admin kube-apiserver does: it is not in the ceiling.
    expect((await world.confirm(byConsole(ALICE), key)).code).toBe(403)
    const own = await world.registered(ADMIN, createAuthenticator(PLACE))
    for (const who of [ADMIN, byConsole(ADMIN)]) expect((await world.confirm(who, own)).code).toBe(403)
    expect(ceiling()).toEqual([
      'create approverkeys',
      'get approverkeys',
      'list approverkeys',
      'delete approverkeys',
      'update approverkeys/registration',
    ])
    expect(await grants()).toBe(0)
  })
  it('X252 does not get its key confirmed in place of the one that an admin looked at', async () => {
    const made = (await world.createKey(ALICE, { metadata: { name: 'phone' } })).body as unknown as ApproverKey
    const seen = (await world.register(ALICE, made, { device: createAuthenticator(PLACE) })).body as unknown as ApproverKey
    await world.api.send(byConsole(ALICE), 'DELETE approverkeys/phone')
    const device = createAuthenticator(PLACE)
    const other = (await world.createKey(byConsole(ALICE), { metadata: { name: 'phone' } })).body as unknown as ApproverKey
    const replaced = (await world.register(byConsole(ALICE), other, { device })).body as unknown as ApproverKey
    expect((await world.confirm(ADMIN, seen)).code).toBe(409)
    const forged = confirmed({ ...replaced, status: { ...replaced.status, fingerprint: seen.status?.fingerprint ?? '' } })
    expect((await world.api.send(ADMIN, 'PUT approverkeys/phone/confirmation', { body: forged })).code).toBe(422)
    expect((await world.approve(byConsole(ALICE), await world.ask(), { key: { name: 'phone', device } })).code).toBe(403)
  })
  it('X253 does not write into the request what only the server writes', async () => {
    const key = await world.enrol(ALICE)
    const name = await world.ask()
    const request = await world.requestNamed(name)
    const conditions = [{ type: 'Approved', status: 'True' }]
    const reviews = [
      {
        reviewer: { username: ALICE.username },
        decision: 'Approved',
        time: '2026-11-25T12:00:00Z',
        passkey: { key: key.name, fingerprint: 'f', assertion: 'a' },
      },
    ]
    const status = { ...request.status, conditions, reviews, risk: 'Low', approvals: { required: 0, given: 1, message: '', passkey: false } }
    for (const subresource of ['approval', 'status'])
      await world.api.send(byConsole(BOB), `PUT accessrequests/${name}/${subresource}`, { body: { ...request, status } })
    const type = 'application/merge-patch+json'
    await world.api.send(byConsole(BOB), `PATCH accessrequests/${name}/approval`, { body: { status: { conditions, reviews } }, type })
    expect((await world.requestNamed(name)).status).toMatchObject({ phase: 'Pending', approvals: { given: 0, passkey: true } })
    expect(await grants()).toBe(0)
  })
  it('X254 ends keys of the person at most, and revokes none by a counter that the key did not sign', async () => {
    const key = await world.enrol(ALICE)
    const name = await world.ask()
    await world.approve(ALICE, name, { key })
    const other = await world.ask()
    const forged = createAuthenticator(PLACE)
    const passkey = { ...(await world.sign(byConsole(ALICE), other, { key: { name: key.name, device: forged }, twist: { counts: 0 } })) }
    expect((await world.send(byConsole(ALICE), other, { passkey })).code).toBe(403)
    expect((await world.approve(ALICE, other, { key })).code).toBe(200)
    expect((await world.api.send(byConsole(BOB), `DELETE approverkeys/${key.name}`)).code).toBe(404)
  })
})

describe('X. an assertion that was stolen', () => {
  it('X255 approves no other request, nothing wider, and for nobody else', async () => {
    const [alice, bob] = [await world.enrol(ALICE), await world.enrol(BOB)]
    const [a, b] = [await world.ask({ durationSeconds: 3600 }), await world.ask({ durationSeconds: 3600 })]
    const narrowed = { durationSeconds: 60 }
    const passkey = await world.sign(ALICE, a, { key: alice, narrowed })
    refused(await world.send(byConsole(ALICE), b, { passkey, narrowed }))
    for (const wider of [{}, { narrowed: { durationSeconds: 61 } }, { narrowed: { durationSeconds: 3600 } }])
      refused(await world.send(byConsole(ALICE), a, { passkey, ...wider }))
    refused(await world.send(byConsole(BOB), a, { passkey: { ...passkey, key: bob.name }, narrowed }))
    expect((await world.send(byConsole(BOB), a, { passkey, narrowed })).code).toBe(403)
    expect(await grants()).toBe(0)
  })
  it('X256 approves nothing after five minutes, or after it was used', async () => {
    const key = await world.enrol(ALICE)
    const [a, b] = [await world.ask(), await world.ask()]
    const passkey = await world.sign(ALICE, a, { key })
    await world.send(ALICE, a, { passkey })
    expect((await world.send(byConsole(ALICE), a, { passkey })).code).toBe(409)
    const late = await world.sign(ALICE, b, { key })
    world.api.clock.now += 301_000
    refused(await world.send(byConsole(ALICE), b, { passkey: late }))
    refused(await world.send(byConsole(ALICE), b, { passkey: { ...late, issuedAt: new Date(world.api.clock.now).toISOString() } }))
    expect(await grants()).toBe(1)
  })
  it('X257 is not made for a request before the request exists', async () => {
    const key = await world.enrol(ALICE)
    const request = await world.requestNamed(await world.ask())
    // A thief that has the key in hand for a moment can sign anything but the UID, which is random.
    const next = await world.ask({ rules: request.spec.rules ?? [], durationSeconds: 300 })
    refused(
      await world.approve(byConsole(ALICE), next, { key, signed: { request: { ...(await world.requestNamed(next)), metadata: request.metadata } } }),
    )
  })
})

describe('X. a thief of the gateway', () => {
  const AGENT_BY_GATEWAY: Identity = {
    username: 'jit.access:agent',
    uid: '',
    groups: ['jit.access:agents'],
    extra: { 'jit.access/user': [ALICE.username] },
  }

  it('X258 approves nothing, and makes and confirms no key, under no name', async () => {
    const key = await world.registered(ALICE, createAuthenticator(PLACE))
    const name = await world.ask()
    for (const who of [AGENT_BY_GATEWAY, { ...AGENT_BY_GATEWAY, username: ALICE.username }, AGENT]) {
      expect((await world.send(who, name, {})).code).toBe(403)
      expect((await world.createKey(who)).code).toBe(403)
      expect([403, 404]).toContain((await world.confirm(who, key)).code)
    }
    expect(await grants()).toBe(0)
  })
  it('X259 asks for nothing that is granted without an approver: no rule and no break-glass', async () => {
    await world.close()
    const subjects = [{ kind: 'User', name: AGENT.username }] as const
    const autoApprove = [{ name: 'all', condition: 'true' }]
    world = await startPasskeys({ approvals: { autoApprove, breakGlass: { subjects }, passkey: { requiredFor: 'Low' } } })
    const { status } = await world.requestNamed(await world.ask())
    expect([status?.phase, status?.autoApproval?.outcome]).toEqual(['Pending', 'NotEligible'])
    await expect(world.ask({ breakGlass: true, reason: 'the shop is down, incident 4711' })).rejects.toThrow('break-glass does not grant it')
    expect(await grants()).toBe(0)
  })
})
