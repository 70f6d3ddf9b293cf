import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AccessPolicy } from '../../../../domain/api/access-policy.ts'
import type { ApprovalWindow } from '../../../../domain/api/approvals/windows.ts'
import { AGENTS_GROUP } from '../../../../domain/api/names.ts'
import { policy } from '../../../domain/builders.ts'
import { put, serveApi, user, type Answer, type Served } from '../served-api.ts'

type Refused = { readonly causes?: readonly object[]; readonly retryAfterSeconds?: number } | undefined

/** A Monday, 12:00 in Berlin. */
const NOON = Date.parse('2026-11-30T11:00:00Z')
const HOUR_MS = 3_600_000
const AGENT = user('agent')
const APPROVER = user('ann')
const office: ApprovalWindow = { name: 'office', timeZone: 'Europe/Berlin', days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'], from: '08:00', to: '18:00' }
const onCall: ApprovalWindow = { name: 'on-call', timeZone: 'Europe/Berlin', days: ['Mon'], from: '20:00', to: '22:00' }
const freeze: ApprovalWindow = {
  name: 'year-end',
  effect: 'Freeze',
  timeZone: 'Europe/Berlin',
  start: '2026-11-30T13:00:00+01:00',
  end: '2026-12-01T13:00:00+01:00',
  reason: 'the books are closed',
}

let api: Served
beforeEach(async () => {
  api = await serveApi(NOON)
  api.rights = () => true
})
afterEach(() => api.close())

const subjects = [{ kind: 'User', name: 'agent' }] as const
const install = (name: string, windows: readonly ApprovalWindow[], approvals: AccessPolicy['spec']['approvals'] = {}) =>
  put(api.store, 'accesspolicies', policy(name, { subjects, approvals: { ...approvals, windows }, requests: { pendingTTLSeconds: 86_400 } }))
const at = (hours: number): void => void (api.clock.now = NOON + hours * HOUR_MS)
const bodyOf = (name: string, spec: object = {}): object => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name },
  spec: { policy: 'p', rules: [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'] }], ...spec },
})
const file = (name = 'ask', spec: object = {}, query = ''): Promise<Answer> =>
  api.send(AGENT, `POST accessrequests${query}`, { body: bodyOf(name, spec) })
const decide = (type: 'Approved' | 'Denied', name = 'ask'): Promise<Answer> =>
  api.send(APPROVER, `PATCH accessrequests/${name}/approval`, {
    type: 'application/merge-patch+json',
    body: { status: { conditions: [{ type, status: 'True' }] } },
  })
const stored = async (resource: string): Promise<number> => (await api.store.list(resource)).entries.length
const detailsOf = ({ body }: Answer): Refused => body['details'] as Refused

it('a request outside of all windows is refused, with their names and when one opens', async () => {
  await install('p', [office, onCall])
  at(7)
  const refused = await file()
  expect(refused.code).toBe(403)
  expect(refused.body['message']).toBe(
    'accessrequests.jit.access "ask" cannot be created now: no window of policy "p" is open: "office", "on-call". It can be from 2026-11-30T20:00:00+01:00 (Europe/Berlin) on',
  )
  expect(detailsOf(refused)).toMatchObject({
    retryAfterSeconds: 3600,
    causes: [
      { reason: 'AccessPolicy', message: 'p' },
      { reason: 'OutsideWindow', message: 'office', field: 'spec.approvals.windows' },
      { reason: 'OutsideWindow', message: 'on-call' },
      { reason: 'OpensAt', message: '2026-11-30T19:00:00.000Z' },
    ],
  })
  expect([refused.headers.get('retry-after'), await stored('accessrequests')]).toEqual(['3600', 0])
  at(8)
  expect((await file()).code).toBe(201)
})

it('a request in a freeze is refused, with the reason and the next opening', async () => {
  await install('p', [office, freeze])
  at(1)
  const refused = await file()
  expect([refused.code, refused.body['message']]).toEqual([
    403,
    'accessrequests.jit.access "ask" cannot be created now: policy "p" is frozen by its window "year-end" (the books are closed). It can be from 2026-12-01T13:00:00+01:00 (Europe/Berlin) on',
  ])
  expect(detailsOf(refused)?.causes).toContainEqual({ reason: 'Frozen', message: 'year-end', field: 'spec.approvals.windows' })
})

it('a dry run answers the same', async () => {
  await install('p', [freeze])
  expect((await file('ask', {}, '?dryRun=All')).code).toBe(201)
  at(1)
  expect([(await file('ask', {}, '?dryRun=All')).body['message'], (await file()).body['message']]).toEqual(
    Array(2).fill(expect.stringContaining('frozen by its window "year-end"')),
  )
})

it('a rule that approves requests approves none in a freeze', async () => {
  await install('p', [freeze], { autoApprove: [{ name: 'all', condition: 'true' }] })
  expect((await file()).body['status']).toMatchObject({ phase: 'Approved', decidedBy: { rule: 'all' } })
  at(1)
  expect([(await file('more')).code, await stored('accessgrants')]).toEqual([403, 1])
})

it('a freeze that begins while a rule decides refuses the request', async () => {
  await install('p', [], { autoApprove: [{ name: 'all', condition: 'true' }] })
  const { list } = api.store
  let reads = 0
  // The first read of the policies checks the request, and the last one decides by the rules.
  vi.spyOn(api.store, 'list').mockImplementation(async (resource, ...more) => {
    if (resource === 'accesspolicies') reads += 1
    const answer = await list.call(api.store, resource, ...more)
    if (resource === 'accesspolicies' && reads === 1) await install('p', [{ name: 'stop', effect: 'Freeze', timeZone: 'UTC' }])
    return answer
  })
  expect([(await file()).text, await stored('accessgrants')]).toEqual([expect.stringContaining('frozen by its window \\"stop\\"'), 0])
  expect(reads).toBeGreaterThan(1)
})

it('a held operation is refused', async () => {
  await install('p', [freeze])
  at(1)
  const operation = { method: 'DELETE', path: '/api/v1/namespaces/shop/configmaps/board', digest: 'a'.repeat(64) }
  const rules = [{ verbs: ['delete'], apiGroups: [''], resources: ['configmaps'], namespaces: ['shop'], resourceNames: ['board'] }]
  const gateway = { ...AGENT, groups: [AGENTS_GROUP], extra: { 'jit.access/hold': ['file'] } }
  const send = () => api.send(gateway, 'POST accessrequests', { body: bodyOf('hold-1', { operation, rules }) })
  const refused = await send()
  expect([refused.code, refused.text]).toEqual([403, expect.stringMatching('frozen by its window.*Nothing was done: run the same command then')])
  at(0)
  expect((await send()).code).toBe(201)
})

describe('a pending request', () => {
  beforeEach(async () => {
    await install('p', [office, freeze], { required: 2 })
    expect((await file()).code).toBe(201)
  })

  it('cannot be approved in a freeze, and no grant is made, but it can be denied', async () => {
    at(1)
    const refused = await decide('Approved')
    expect([refused.code, refused.body['message']]).toEqual([
      403,
      expect.stringMatching('"ask" cannot be approved now: policy "p" is frozen by .*It can be from .* on[.] It can be denied now$'),
    ])
    expect(detailsOf(refused)?.causes).toContainEqual({ reason: 'Frozen', message: 'year-end', field: 'spec.approvals.windows' })
    expect(await stored('accessgrants')).toBe(0)
    expect((await decide('Denied')).code).toBe(200)
  })

  it('can be approved before', async () => {
    await install('p', [office, freeze])
    expect((await decide('Approved')).code).toBe(200)
    expect(await stored('accessgrants')).toBe(1)
  })

  it('is refused to who may not certify without a word about windows', async () => {
    api.rights = () => false
    at(1)
    expect((await decide('Approved')).text).not.toContain('year-end')
  })

  it('cannot be approved under a window that was added after it, or that cannot be read', async () => {
    await install('p', [{ name: 'w', timeZone: 'Nowhere/Land' }])
    const refused = await decide('Approved')
    expect([refused.code, refused.body['message']]).toEqual([
      403,
      expect.stringMatching('the server cannot read its window "w"[.] No time in the next 32 days is open: an admin must'),
    ])
    expect(detailsOf(refused)).not.toHaveProperty('retryAfterSeconds')
  })
})

it('each of the policies must be open, whichever the request names', async () => {
  await install('p', [])
  await install('q', [freeze])
  expect((await file()).code).toBe(201)
  at(1)
  const refused = await file('more')
  expect([refused.code, refused.text]).toEqual([403, expect.stringContaining('policy \\"q\\" is frozen')])
  expect((await decide('Approved')).code).toBe(403)
})

it('a freeze of a policy that does not govern the requester does not matter', async () => {
  await install('p', [])
  await put(api.store, 'accesspolicies', policy('other', { subjects: [{ kind: 'User', name: 'bob' }], approvals: { windows: [freeze] } }))
  at(1)
  expect((await file()).code).toBe(201)
})

describe('break-glass', () => {
  const breakGlass = { subjects: [...subjects] }

  it('is exempt, and is named as the remedy', async () => {
    await install('p', [freeze], { breakGlass })
    at(1)
    expect((await file()).body['message']).toMatch(/In an emergency, request it with break-glass: kubectl create accessrequest --break-glass$/)
    expect((await file('now', { breakGlass: true, reason: 'the shop is down now' })).code).toBe(201)
    expect(await stored('accessgrants')).toBe(1)
  })

  it('does not open a freeze to who may not use it', async () => {
    await install('p', [freeze])
    at(1)
    const refused = await file('now', { breakGlass: true, reason: 'the shop is down now' })
    expect([refused.code, detailsOf(refused)?.causes]).toMatchObject([403, [{ reason: 'BreakGlassNotAllowed' }]])
    expect((await file()).text).not.toContain('break-glass')
    expect(await stored('accessrequests')).toBe(0)
  })
})

const starting = (hours: number) => ({ notBefore: new Date(NOON + hours * HOUR_MS).toISOString() })

describe('a scheduled start', () => {
  it('cannot lie in a freeze, at the creation and at the approval', async () => {
    await install('p', [office, freeze])
    const refused = await file('ask', starting(2))
    expect([refused.code, refused.body['message']]).toEqual([
      403,
      expect.stringMatching('it would start in a freeze: .*The first start after it is 2026-12-01T13:00:00[+]01:00'),
    ])
    expect(detailsOf(refused)?.causes).toContainEqual({ reason: 'Frozen', message: 'year-end', field: 'spec.notBefore' })
    await install('p', [office])
    expect((await file('ask', starting(2))).code).toBe(201)
    await install('p', [office, freeze])
    expect((await decide('Approved')).text).toContain('it would start in a freeze')
  })

  it('may lie outside of the open windows, which say when people decide', async () => {
    await install('p', [office])
    expect((await file('ask', starting(10))).code).toBe(201)
  })
})

it('an AccessReview says that the request would be refused', async () => {
  await install('p', [freeze])
  at(1)
  const body = {
    apiVersion: 'jit.access/v1',
    kind: 'AccessReview',
    spec: { verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'shop', name: 'web' },
  }
  const answer = await api.send(AGENT, 'POST accessreviews', { body })
  expect(answer.body['status']).toMatchObject({
    allowed: false,
    message: expect.stringContaining('would be refused: policy "p" is frozen') as string,
  })
})
