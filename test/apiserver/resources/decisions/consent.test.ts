import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessPolicy, AccessPolicySpec } from '../../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import { approvalsOf } from '../../../../domain/api/approvals/approvals.ts'
import type { Identity } from '../../../../domain/identity.ts'
import { StatusError } from '../../../../domain/status-error.ts'
import { policy } from '../../../domain/builders.ts'
import { put, serveApi, user, type Answer, type Served } from '../served-api.ts'

type Approvals = NonNullable<AccessPolicySpec['approvals']>
const start = Date.parse('2026-11-25T12:00:00Z')
const agent = user('agent')
const group = (name: string, required = 1) => ({ name, subjects: [{ kind: 'Group', name }] as const, required })
const security = user('sam', 'security')
const owner = user('olga', 'owners')
const both = user('bo', 'security', 'owners')
const ask = {
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name: 'ask' },
  spec: { policy: 'p', rules: [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'] }] },
}
const exec = { ...ask, spec: { ...ask.spec, rules: [{ verbs: ['create'], resources: ['pods/exec'], namespaces: ['shop'] }] } }

let api: Served
beforeEach(async () => {
  api = await serveApi(start)
  api.rights = () => true
  await governed({ groups: [group('security'), group('owners')] })
})
afterEach(() => api.close())

const named = (name: string, approvals: Approvals): AccessPolicy =>
  policy(name, {
    subjects: [{ kind: 'User', name: 'agent' }],
    approvals,
    rules: [{ name: 'shells', effect: 'RequireGrant', match: { apiGroups: [''], resources: ['pods'], subresources: ['exec'] } }],
  })
const governed = (approvals: Approvals, name = 'p') => put(api.store, 'accesspolicies', named(name, approvals))
const file = async (body: object = ask) => {
  const made = await api.send(agent, 'POST accessrequests', { body })
  expect([made.code, made.text]).toEqual([201, expect.any(String)])
}
const read = async (): Promise<AccessRequest> =>
  (await api.send(user('admin', 'system:masters'), 'GET accessrequests/ask')).body as unknown as AccessRequest
/** Decides as a client that read the request earlier, if one is given. */
async function decide(as: Identity, type: 'Approved' | 'Denied' = 'Approved', seen?: AccessRequest): Promise<Answer> {
  const old = seen ?? (await read())
  const conditions = [...(old.status?.conditions ?? []), { type, status: 'True' }]
  return await api.send(as, 'PUT accessrequests/ask/approval', { body: { ...old, status: { ...old.status, conditions } } })
}
const phaseAfter = async (...approvers: readonly Identity[]) => {
  for (const each of approvers) expect((await decide(each)).code).toBe(200)
  return (await read()).status?.phase
}
const grants = async (): Promise<number> => (await api.store.list('accessgrants')).entries.length

describe('one of security and one of the owners', () => {
  it('the status says what is missing and from whom, at creation and after each review', async () => {
    await file()
    expect((await read()).status).toMatchObject({
      risk: 'Medium',
      requiredApprovals: 2,
      policies: ['p'],
      approvals: {
        required: 2,
        given: 0,
        namespaces: ['shop'],
        missing: [
          { count: 1, policy: 'p', groups: ['security'], subjects: [{ kind: 'Group', name: 'security' }] },
          { count: 1, policy: 'p', groups: ['owners'] },
        ],
        message: 'no approver has decided; it takes 1 from group "security" of policy "p" and 1 from group "owners" of policy "p"',
      },
    })
    expect(await phaseAfter(security)).toBe('Pending')
    expect((await read()).status?.approvals).toMatchObject({
      given: 1,
      missing: [{ groups: ['owners'] }],
      message: '1 of 2 approvals is given; missing: 1 from group "owners" of policy "p"',
    })
    expect(await phaseAfter(owner)).toBe('Approved')
    const { approvals } = (await read()).status ?? {}
    expect([approvals?.given, approvals?.missing, await grants()]).toEqual([2, undefined, 1])
  })

  it.each([
    ['security', security],
    ['owners', owner],
  ])('a member of both counts for the group that a member of %s leaves', async (_, second) => {
    await file()
    expect(await phaseAfter(both, second)).toBe('Approved')
  })

  it('an approver whose group is satisfied is refused with what is missing, and can still deny', async () => {
    await file()
    await decide(security)
    const { code, body } = await decide(user('tom', 'security'))
    expect([code, body['details']]).toMatchObject([
      403,
      { causes: [{ reason: 'ApprovalNotNeeded', message: '1 from group "owners" of policy "p"' }] },
    ])
    expect((await read()).status?.reviews).toHaveLength(1)
    expect((await decide(user('tom', 'security'), 'Denied')).code).toBe(200)
    expect((await read()).status?.phase).toBe('Denied')
    expect((await decide(owner)).code).toBe(409)
  })

  it('the requester counts for no group, nor does a second spelling of an approver', async () => {
    await file()
    expect((await decide({ ...user('AGENT', 'owners'), uid: '' })).code).toBe(403)
    expect(await phaseAfter(both)).toBe('Pending')
    expect((await decide(user('BO', 'owners'))).code).toBe(403)
    expect((await read()).status?.reviews).toHaveLength(1)
  })

  it('what a client writes about approvals, reviews and risk is dropped', async () => {
    const approvals = { required: 1, given: 1, message: 'fine' }
    await file({ ...ask, status: { risk: 'Low', approvals, reviews: [{ reviewer: owner, decision: 'Approved', time: '2026-11-25T12:00:00Z' }] } })
    const old = await read()
    expect(old.status).toMatchObject({ risk: 'Medium', approvals: { required: 2, given: 0 } })
    expect(old.status?.reviews).toBeUndefined()
    await decide(security, 'Approved', { ...old, status: { ...old.status, risk: 'Low', approvals, requiredApprovals: 1 } })
    expect((await read()).status).toMatchObject({ phase: 'Pending', risk: 'Medium', requiredApprovals: 2, approvals: { given: 1 } })
  })
})

describe('the policies in force at the decision', () => {
  it('a higher risk needs more approvals', async () => {
    await governed({ requiredByRisk: { High: 2 } })
    await file(exec)
    expect((await read()).status).toMatchObject({ risk: 'High', requiredApprovals: 2, approvals: { missing: [{ count: 2 }] } })
    expect(await phaseAfter(user('one'))).toBe('Pending')
    expect(await phaseAfter(user('two'))).toBe('Approved')
  })

  it('a request whose risk an older server did not stamp is Critical', async () => {
    await governed({ requiredByRisk: { Critical: 2 } })
    await file()
    const stored = (await api.store.get('accessrequests', 'ask'))?.value as unknown as AccessRequest
    const { risk: _, ...status } = stored.status ?? {}
    await put(api.store, 'accessrequests', { ...stored, status })
    expect(await phaseAfter(user('one'))).toBe('Pending')
    expect((await read()).status?.risk).toBe('Critical')
  })

  it('a removed group and a lowered number apply from then on, and an added one too', async () => {
    await file()
    await decide(security)
    await governed({ required: 2 })
    expect(await phaseAfter(user('anybody'))).toBe('Approved')
  })

  it('a group that was added after the first approval must be satisfied', async () => {
    await governed({ required: 2 })
    await file()
    await decide(user('one'))
    await governed({ required: 2, groups: [group('owners')] })
    expect(await phaseAfter(owner)).toBe('Approved')
  })

  it('a lowered number lets the next approver complete what others began', async () => {
    await file()
    await decide(security)
    await governed({ groups: [group('security')] })
    expect(await phaseAfter(user('tom', 'security'))).toBe('Approved')
  })

  it('of 10 policies, the groups of each must be satisfied', async () => {
    for (let at = 0; at < 9; at += 1) await governed({ groups: [group(`team-${at}`)] }, `q${at}`)
    await file()
    expect(await phaseAfter(user('all', ...Array.from({ length: 9 }, (_, at) => `team-${at}`)))).toBe('Pending')
    expect((await read()).status?.approvals).toMatchObject({ required: 2, given: 1, missing: [{ policy: 'p' }, { policy: 'p' }] })
    expect(await phaseAfter(security, owner)).toBe('Approved')
  })
})

describe('the rights of earlier approvers', () => {
  it('an approver that lost them does not count, stays in the status, and counts again with them', async () => {
    await governed({ required: 2 })
    await file()
    await decide(security)
    api.rights = (who) => who.username !== 'sam'
    expect(await phaseAfter(owner)).toBe('Pending')
    const { reviews, approvals } = (await read()).status ?? {}
    expect(reviews?.map(({ reviewer, lapsed }) => [reviewer.username, lapsed])).toEqual([
      ['sam', true],
      ['olga', undefined],
    ])
    expect(approvals).toMatchObject({ required: 2, given: 1, missing: [{ count: 1 }] })
    expect((await decide(security)).code).toBe(403)
    api.rights = () => true
    expect(await phaseAfter(security)).toBe('Approved')
    expect((await read()).status?.approvals?.given).toBe(2)
    expect(approvalsOf(await read()).given).toBe(2)
    expect((await api.store.list('unrecorded')).entries.at(-1)?.value).toMatchObject({ decision: 'Approved', approvals: 2, required: 2 })
  })

  it.each([403, 503])('a review that fails with %i is an error and changes nothing', async (code) => {
    await governed({ required: 2 })
    await file()
    await decide(security)
    const before = await api.store.get('accessrequests', 'ask')
    api.rights = (who) => {
      if (who.username === 'sam') throw new StatusError(code === 403 ? 'Forbidden' : 'ServiceUnavailable', 'the review failed')
      return true
    }
    expect((await decide(owner)).code).toBe(503)
    expect([await api.store.get('accessrequests', 'ask'), await grants()]).toEqual([before, 0])
  })
})

it('of two approvers that decide at once on the same version, one wins, and the other succeeds when it repeats', async () => {
  await file()
  await decide(security)
  const seen = await read()
  const rivals = [owner, user('otto', 'owners')]
  const codes = (await Promise.all(rivals.map((each) => decide(each, 'Approved', seen)))).map(({ code }) => code)
  expect(codes.toSorted((a, b) => a - b)).toEqual([200, 409])
  expect(await grants()).toBe(1)
  expect((await read()).status?.reviews).toHaveLength(2)
})

it('two first approvers that decide at once are both counted after the conflict is repeated, for one grant', async () => {
  await file()
  const seen = await read()
  const rivals = [security, owner]
  const answers = await Promise.all(rivals.map((each) => decide(each, 'Approved', seen)))
  for (const [index, { code }] of answers.entries()) if (code === 409) expect((await decide(rivals[index] ?? agent)).code).toBe(200)
  expect(answers.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([200, 409])
  expect([(await read()).status?.phase, await grants()]).toEqual(['Approved', 1])
})

it('a dry run answers with the whole verdict, files nothing and counts against no quota', async () => {
  await governed({ requiredByRisk: { Medium: 3 }, groups: [group('owners')] })
  const { code, body } = await api.send(agent, 'POST accessrequests?dryRun=All', { body: ask })
  expect([code, body['spec']]).toMatchObject([201, { durationSeconds: 600 }])
  expect(body['status']).toMatchObject({
    risk: 'Medium',
    policies: ['p'],
    requiredApprovals: 3,
    expiresAt: '2026-11-25T13:00:00Z',
    approvals: { namespaces: ['shop'], missing: [{ count: 1, groups: ['owners'], subjects: [{ kind: 'Group', name: 'owners' }] }, { count: 2 }] },
  })
  expect((await api.store.list('accessrequests')).entries).toEqual([])
  expect((await api.store.list('requestusage')).entries).toEqual([])
})
