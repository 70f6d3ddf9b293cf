import { afterEach, beforeEach, expect, it } from 'vitest'
import { kindsOf } from '../../../../apiserver/kinds.ts'
import type { Kind } from '../../../../apiserver/machinery/kind.ts'
import { tooManyAtOnce } from '../../../../apiserver/machinery/turns.ts'
import { tryRequest } from '../../../../apiserver/resources/reviewing/reviewed-request.ts'
import type { AccessPolicySpec } from '../../../../domain/api/access-policy.ts'
import type { Identity } from '../../../../domain/identity.ts'
import { policy } from '../../../domain/builders.ts'
import { put, serveApi, user, type Served } from '../served-api.ts'

const [alice, agent] = [user('oidc:alice'), user('oidc:agent', 'oidc:agents')]
let api: Served
beforeEach(async () => {
  api = await serveApi(Date.now())
  api.rights = ({ username }) => username === alice.username
})
afterEach(() => api.close())

const PODS = [{ verbs: ['delete'], resources: ['pods'], namespaces: ['shop'] }]
const ofAgent = { user: 'oidc:agent', groups: ['oidc:agents'] }

async function review(request: object, { as = alice, who = ofAgent }: { readonly as?: Identity; readonly who?: object } = {}) {
  const body = { apiVersion: 'jit.access/v1', kind: 'AccessReview', spec: { ...who, request: { rules: PODS, ...request } } }
  const { code, text, body: answer } = await api.send(as, 'POST accessreviews', { body })
  return { code, text, status: answer['status'] as { readonly [field: string]: unknown } }
}
const under = (spec: Partial<AccessPolicySpec>): Promise<void> => put(api.store, 'accesspolicies', policy('agents', spec))

it('says that a request would wait, for whom and with which limits, and creates nothing', async () => {
  await under({ approvals: { required: 2 }, requests: { maxUses: 5, defaultDurationSeconds: 300 } })
  const { status } = await review({})
  expect(status).toMatchObject({
    allowed: false,
    request: { outcome: 'Pending', policies: ['agents'], durationSeconds: 300, maxUses: 5, approvals: expect.stringContaining('2') as string },
  })
  for (const resource of ['accessrequests', 'accessgrants']) expect((await api.store.list(resource)).entries, resource).toEqual([])
})
it('says that a rule would approve it, with the limits of the rule', async () => {
  await under({ approvals: { autoApprove: [{ name: 'pods', condition: 'risk != "Critical"', maxDurationSeconds: 60 }] } })
  const { status } = await review({ durationSeconds: 600 })
  expect(status).toMatchObject({ allowed: true, request: { outcome: 'Approved', durationSeconds: 60 } })
  expect((await api.store.list('accessgrants')).entries).toEqual([])
})
it('judges in the name of the user: limits, reasons and rights', async () => {
  await under({ requests: { maxDurationSeconds: 60, reason: { required: true } } })
  const { status } = await review({ durationSeconds: 600 })
  const { request } = status as { readonly request: { readonly outcome: string; readonly faults: readonly { readonly field: string }[] } }
  expect(request.outcome).toBe('Refused')
  expect(request.faults.map(({ field }) => field)).toEqual(['spec.durationSeconds', 'spec.reason'])
  const { status: other } = await review({}, { who: { user: 'oidc:free' } })
  expect(JSON.stringify(other)).toContain('no AccessPolicy governs \\"oidc:free\\"')
})
it('says what a break-glass request would give', async () => {
  await under({ approvals: { breakGlass: { subjects: [{ kind: 'User', name: 'oidc:agent' }], maxDurationSeconds: 120 } } })
  const { status } = await review({ breakGlass: true, reason: 'the shop is down since ten' })
  expect(status).toMatchObject({ allowed: true, request: { outcome: 'Approved', durationSeconds: 120 } })
  expect((await api.store.list('breakglassreviews')).entries).toEqual([])
})
it('says that the user is suspended', async () => {
  await under({})
  const spec = { subjects: [{ kind: 'User', name: 'oidc:agent' }], reason: 'loops' }
  await put(api.store, 'accesssuspensions', { apiVersion: 'jit.access/v1', kind: 'AccessSuspension', metadata: { name: 's' }, spec })
  const { status } = await review({})
  expect(status).toMatchObject({ allowed: false, request: { outcome: 'Refused' } })
  expect(JSON.stringify(status)).toContain('loops')
})
it('answers requesters about themselves, without a user', async () => {
  await under({})
  expect((await review({}, { as: agent, who: {} })).status).toMatchObject({ request: { outcome: 'Pending' } })
  expect((await review({}, { as: agent })).code).toBe(403)
})
it('takes one question at a time', async () => {
  await under({})
  const { code, text } = await review({}, { who: { ...ofAgent, verb: 'get', resource: 'pods' } })
  expect(code).toBe(422)
  expect(text).toContain('spec.verb')
  const none = await api.send(alice, 'POST accessreviews', { body: { apiVersion: 'jit.access/v1', kind: 'AccessReview', spec: { verb: 'get' } } })
  expect(none.code).toBe(422)
  expect(none.text).toContain('spec.resource')
})
it('does not count against the requests of the user', async () => {
  await under({ requests: { perHour: 1 } })
  for (let count = 0; count < 3; count += 1) expect((await review({})).status).toMatchObject({ request: { outcome: 'Pending' } })
  const body = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { generateName: 'r-' }, spec: { rules: PODS } }
  expect((await api.send(agent, 'POST accessrequests', { body })).code).toBe(201)
  expect(JSON.stringify((await review({})).status)).toContain('Refused')
})
it('waits in the turn of its caller, and not of the user', async () => {
  await under({})
  const { store, clock } = api
  const { kinds } = kindsOf({ store, clock, authorizer: { allowed: () => Promise.resolve(true) } })
  const requests = kinds.find(({ resource }) => resource === 'accessrequests') as Kind
  const turns: string[] = []
  const strategy: Kind['strategy'] = {
    ...requests.strategy,
    inTurn: (context, work) => {
      turns.push(context.user.username)
      return work()
    },
  }
  const verdict = await tryRequest(
    { rules: PODS },
    { user: agent, caller: alice, requests: { ...requests, strategy }, deps: { store, clock }, sees: () => Promise.resolve(true) },
  )
  expect(verdict).toMatchObject({ outcome: 'Pending', policies: ['agents'] })
  expect(turns).toEqual(['oidc:alice'])
})
it('says that its approvals would need a passkey', async () => {
  await under({ approvals: { passkey: { requiredFor: 'Low' } } })
  expect((await review({})).status).toMatchObject({ request: { outcome: 'Pending', passkey: true } })
})

it('names no request and no review that the caller may not see, whatever groups it gives to the user', async () => {
  await under({})
  await put(
    api.store,
    'accesspolicies',
    policy('open', {
      subjects: [{ kind: 'Group', name: 'everyone' }],
      approvals: { breakGlass: { subjects: [{ kind: 'Group', name: 'everyone' }] } },
    }),
  )
  await put(api.store, 'accesspolicies', policy('agents', { approvals: { breakGlass: { subjects: [{ kind: 'User', name: 'oidc:agent' }] } } }))
  api.rights = ({ username }, { verb, name }) =>
    username === agent.username || (username === alice.username && (verb !== 'certify' || name === 'open') && verb !== 'view')
  const both = { ...agent, groups: [...agent.groups, 'everyone'] }
  const make = async (name: string, spec: object): Promise<void> => {
    const body = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec: { policy: 'agents', rules: PODS, ...spec } }
    const { code, text } = await api.send(both, 'POST accessrequests', { body })
    expect(code, text).toBe(201)
  }
  const who = { user: 'oidc:agent', groups: ['everyone'] }
  expect((await review({}, { who: { ...who, groups: ['everyone', 'oidc:agents'] } })).code).toBe(403)
  const urgent = { breakGlass: true, reason: 'the shop is down since ten' }
  await make('hidden', {})
  await make('burning', { ...urgent, rules: [{ verbs: ['delete'], resources: ['pods'], namespaces: ['prod'] }] })
  const [opened] = (await api.store.list('breakglassreviews')).entries
  for (const [asked, name] of [
    [urgent, opened?.name ?? '?'],
    [{}, 'hidden'],
  ] as const) {
    const { status } = await review(asked, { who })
    expect(JSON.stringify(status)).not.toContain(name)
  }
  api.rights = () => true
  api.clock.now += 60_000
  expect(JSON.stringify((await review(urgent, { who })).status)).toContain(opened?.name)
})

it('is an error, and no refusal, when the server is too busy', async () => {
  await under({})
  const { store, clock } = api
  const { kinds } = kindsOf({ store, clock, authorizer: { allowed: () => Promise.resolve(true) } })
  const requests = kinds.find(({ resource }) => resource === 'accessrequests') as Kind
  const strategy: Kind['strategy'] = { ...requests.strategy, inTurn: () => Promise.reject(tooManyAtOnce()) }
  const by = { user: agent, caller: alice, requests: { ...requests, strategy }, deps: { store, clock }, sees: () => Promise.resolve(true) }
  await expect(tryRequest({ rules: PODS }, by)).rejects.toMatchObject({ reason: 'TooManyRequests' })
})
