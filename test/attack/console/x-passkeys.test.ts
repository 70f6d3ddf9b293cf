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
let fixture: PasskeyFixture
beforeEach(async () => {
  fixture = await startPasskeys({ approvals: { required: 1, passkey: { requiredFor: 'Low' } } })
})
afterEach(() => fixture.close())

/** Any person, as the console names them: its credential and the keys of its sessions are stolen. */
const byConsole = (who: Identity): Identity => ({ ...who, extra: { 'jit.access/via': ['console'], 'jit.access/session': ['stolen'] } })
const grants = async (): Promise<number> =>
  ((await fixture.api.send(user('root', 'system:masters'), 'GET accessgrants')).body as unknown as { readonly items: readonly unknown[] }).items
    .length

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
    await fixture.enrol(ALICE)
    const name = await fixture.ask()
    for (const who of [ALICE, BOB, ADMIN]) expect((await fixture.send(byConsole(who), name, {})).code).toBe(403)
    expect(await grants()).toBe(0)
  })
  it('X251 makes keys in the name of an approver, which never count', async () => {
    const device = createAuthenticator(PLACE)
    const key = await fixture.registered(byConsole(ALICE), device)
    const name = await fixture.ask()
    expect(causesOf(await fixture.approve(byConsole(ALICE), name, { key: { name: key.metadata.name, device } }))[0]?.reason).toBe(
      'ApproverKeyUnusable',
    )
    // Nobody confirms their own, so one stolen admin enrols nobody alone. In the name of the owner the server refuses. In the name of an admin kube-apiserver does: it is not in the ceiling.
    expect((await fixture.confirm(byConsole(ALICE), key)).code).toBe(403)
    const own = await fixture.registered(ADMIN, createAuthenticator(PLACE))
    for (const who of [ADMIN, byConsole(ADMIN)]) expect((await fixture.confirm(who, own)).code).toBe(403)
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
    const made = (await fixture.createKey(ALICE, { metadata: { name: 'phone' } })).body as unknown as ApproverKey
    const seen = (await fixture.register(ALICE, made, { device: createAuthenticator(PLACE) })).body as unknown as ApproverKey
    await fixture.api.send(byConsole(ALICE), 'DELETE approverkeys/phone')
    const device = createAuthenticator(PLACE)
    const other = (await fixture.createKey(byConsole(ALICE), { metadata: { name: 'phone' } })).body as unknown as ApproverKey
    const replaced = (await fixture.register(byConsole(ALICE), other, { device })).body as unknown as ApproverKey
    expect((await fixture.confirm(ADMIN, seen)).code).toBe(409)
    const forged = confirmed({ ...replaced, status: { ...replaced.status, fingerprint: seen.status?.fingerprint ?? '' } })
    expect((await fixture.api.send(ADMIN, 'PUT approverkeys/phone/confirmation', { body: forged })).code).toBe(422)
    expect((await fixture.approve(byConsole(ALICE), await fixture.ask(), { key: { name: 'phone', device } })).code).toBe(403)
  })
  it('X253 does not write into the request what only the server writes', async () => {
    const key = await fixture.enrol(ALICE)
    const name = await fixture.ask()
    const request = await fixture.requestNamed(name)
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
      await fixture.api.send(byConsole(BOB), `PUT accessrequests/${name}/${subresource}`, { body: { ...request, status } })
    const type = 'application/merge-patch+json'
    await fixture.api.send(byConsole(BOB), `PATCH accessrequests/${name}/approval`, { body: { status: { conditions, reviews } }, type })
    expect((await fixture.requestNamed(name)).status).toMatchObject({ phase: 'Pending', approvals: { given: 0, passkey: true } })
    expect(await grants()).toBe(0)
  })
  it('X254 ends keys of the person at most, and revokes none by a counter that the key did not sign', async () => {
    const key = await fixture.enrol(ALICE)
    const name = await fixture.ask()
    await fixture.approve(ALICE, name, { key })
    const other = await fixture.ask()
    const forged = createAuthenticator(PLACE)
    const passkey = { ...(await fixture.sign(byConsole(ALICE), other, { key: { name: key.name, device: forged }, twist: { counts: 0 } })) }
    expect((await fixture.send(byConsole(ALICE), other, { passkey })).code).toBe(403)
    expect((await fixture.approve(ALICE, other, { key })).code).toBe(200)
    expect((await fixture.api.send(byConsole(BOB), `DELETE approverkeys/${key.name}`)).code).toBe(404)
  })
})

describe('X. an assertion that was stolen', () => {
  it('X255 approves no other request, nothing wider, and for nobody else', async () => {
    const [alice, bob] = [await fixture.enrol(ALICE), await fixture.enrol(BOB)]
    const [a, b] = [await fixture.ask({ durationSeconds: 3600 }), await fixture.ask({ durationSeconds: 3600 })]
    const narrowed = { durationSeconds: 60 }
    const passkey = await fixture.sign(ALICE, a, { key: alice, narrowed })
    refused(await fixture.send(byConsole(ALICE), b, { passkey, narrowed }))
    for (const wider of [{}, { narrowed: { durationSeconds: 61 } }, { narrowed: { durationSeconds: 3600 } }])
      refused(await fixture.send(byConsole(ALICE), a, { passkey, ...wider }))
    refused(await fixture.send(byConsole(BOB), a, { passkey: { ...passkey, key: bob.name }, narrowed }))
    expect((await fixture.send(byConsole(BOB), a, { passkey, narrowed })).code).toBe(403)
    expect(await grants()).toBe(0)
  })
  it('X256 approves nothing after five minutes, or after it was used', async () => {
    const key = await fixture.enrol(ALICE)
    const [a, b] = [await fixture.ask(), await fixture.ask()]
    const passkey = await fixture.sign(ALICE, a, { key })
    await fixture.send(ALICE, a, { passkey })
    expect((await fixture.send(byConsole(ALICE), a, { passkey })).code).toBe(409)
    const late = await fixture.sign(ALICE, b, { key })
    fixture.api.clock.now += 301_000
    refused(await fixture.send(byConsole(ALICE), b, { passkey: late }))
    refused(await fixture.send(byConsole(ALICE), b, { passkey: { ...late, issuedAt: new Date(fixture.api.clock.now).toISOString() } }))
    expect(await grants()).toBe(1)
  })
  it('X257 is not made for a request before the request exists', async () => {
    const key = await fixture.enrol(ALICE)
    const request = await fixture.requestNamed(await fixture.ask())
    // A thief that has the key in hand for a moment can sign anything but the UID, which is random.
    const next = await fixture.ask({ rules: request.spec.rules ?? [], durationSeconds: 300 })
    refused(
      await fixture.approve(byConsole(ALICE), next, {
        key,
        signed: { request: { ...(await fixture.requestNamed(next)), metadata: request.metadata } },
      }),
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
    const key = await fixture.registered(ALICE, createAuthenticator(PLACE))
    const name = await fixture.ask()
    for (const who of [AGENT_BY_GATEWAY, { ...AGENT_BY_GATEWAY, username: ALICE.username }, AGENT]) {
      expect((await fixture.send(who, name, {})).code).toBe(403)
      expect((await fixture.createKey(who)).code).toBe(403)
      expect([403, 404]).toContain((await fixture.confirm(who, key)).code)
    }
    expect(await grants()).toBe(0)
  })
  it('X259 asks for nothing that is granted without an approver: no rule and no break-glass', async () => {
    await fixture.close()
    const subjects = [{ kind: 'User', name: AGENT.username }] as const
    const autoApprove = [{ name: 'all', condition: 'true' }]
    fixture = await startPasskeys({ approvals: { autoApprove, breakGlass: { subjects }, passkey: { requiredFor: 'Low' } } })
    const { status } = await fixture.requestNamed(await fixture.ask())
    expect([status?.phase, status?.autoApproval?.outcome]).toEqual(['Pending', 'NotEligible'])
    await expect(fixture.ask({ breakGlass: true, reason: 'the shop is down, incident 4711' })).rejects.toThrow('break-glass does not grant it')
    expect(await grants()).toBe(0)
  })
})
