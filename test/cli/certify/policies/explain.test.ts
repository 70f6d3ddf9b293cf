import { describe, expect, it } from 'vitest'
import { KubectlError } from '../../../../cli/kubectl/kubectl-error.ts'
import { fakeIO, type Answers } from '../../../fakes/io.ts'
import { requestOf } from '../../requests.ts'
import { runCertify } from '../../run-certify.ts'

const BASE = '/apis/jit.access/v1'
const POLICY = {
  metadata: { name: 'coding-agents' },
  spec: {
    subjects: [{ kind: 'Group', name: 'agents' }],
    rules: [
      { name: 'dry-runs', match: { condition: 'request.dryRun' }, effect: 'Allow' },
      { name: 'payments', match: { namespaces: ['payments'] }, effect: 'Deny' },
      { name: 'scale', match: { apiGroups: ['apps'], resources: ['deployments'], subresources: ['scale'] }, effect: 'RequireGrant', risk: 'High' },
      { name: 'rest', effect: 'Deny' },
    ],
    requests: { maxDurationSeconds: 1800, reason: { required: true } },
    approvals: { required: 2, groups: [{ name: 'owners', subjects: [{ kind: 'Group', name: 'owners' }] }] },
  },
}
const explain = async (args: readonly string[], answers: Answers = {}, files = {}) => {
  const io = fakeIO({ [`GET ${BASE}/accesspolicies/coding-agents`]: () => POLICY, ...answers }, { files })
  return { code: await runCertify(io, ['explain', 'coding-agents', ...args]), io }
}

const refuse = (): never => {
  throw new KubectlError('Forbidden', 'no')
}

describe('explain', () => {
  it('walks the rules in order, and says which decides, what is needed and the limits', async () => {
    const { code, io } = await explain(['--verb=patch', '--resource=deploy/scale', '-n', 'shop', '--name=web'])
    expect(code).toBe(0)
    expect(io.printed().split('\n')).toEqual([
      'patch deployments.apps/scale "web" in namespace shop',
      '    0. dry-runs: does not apply',
      '    1. payments: does not apply, because of its namespaces',
      '  > 2. scale: decides: RequireGrant, risk High',
      '    3. rest: applies, but a rule before it decides',
      '    default: not reached',
      '  = RequireGrant. Needed: a live grant that covers it',
      '',
      'A grant lasts 10m unless asked otherwise, at most 30m, with any number of uses.',
      'It takes 2 approvers within 1h.',
      'Of them, 1 must belong to the group "owners".',
      'A reason is required.',
      '',
    ])
  })
  it('says when requests are possible, and whether they are now', async () => {
    const windows = [
      { name: 'office', timeZone: 'Europe/Berlin', days: ['Mon', 'Wed'], from: '08:00', to: '12:30' },
      { name: 'night', timeZone: 'America/New_York', from: '22:00', to: '06:00' },
      {
        name: 'close',
        effect: 'Freeze',
        timeZone: 'UTC',
        start: '2026-12-24T00:00:00Z',
        end: '2027-01-02T00:00:00Z',
        reason: 'the books are closed',
      },
    ]
    const policy = { ...POLICY, spec: { ...POLICY.spec, approvals: { windows } } }
    const { io } = await explain(['--verb=get', '--resource=pods', '-n', 'shop'], { [`GET ${BASE}/accesspolicies/coding-agents`]: () => policy })
    expect(io.printed().split('\n').slice(-5)).toEqual([
      'Window "office": requests are accepted and approved Mon, Wed from 08:00 to 12:30 (Europe/Berlin).',
      'Window "night": requests are accepted and approved every day from 22:00 to 06:00 of the next day (America/New_York).',
      'Window "close": no request is accepted or approved from 2026-12-24T00:00:00+00:00 to 2027-01-02T00:00:00+00:00 (UTC): the books are closed',
      'It is closed now: no window of policy "coding-agents" is open: "office", "night". It opens at 2026-11-26T04:00:00+01:00 (Europe/Berlin).',
      '',
    ])
  })
  it('shows conditions and leaves open what they decide', async () => {
    const { io } = await explain(['--verb=patch', '--resource=deploy', '-n', 'shop', '--name=web'])
    expect(io.printed()).toContain('  ? 0. dry-runs: decides if its condition holds: Allow, risk Medium; condition: request.dryRun\n')
    expect(io.printed()).toContain('  = between Allow and Deny, depending on conditions')
  })
  it('explains each operation of a request, of the server or of a file', async () => {
    const stored = await explain(['--for=ask'], { [`GET ${BASE}/accessrequests/ask`]: () => requestOf() })
    expect(stored.io.printed()).toContain('patch deployments.apps/scale "web" in namespace shop')
    const text = 'kind: AccessRequest\nspec: {rules: [{verbs: [get, delete], resources: [pods], namespaces: [payments]}]}'
    const { code, io } = await explain(['-f', 'r.yaml'], {}, { 'r.yaml': text })
    expect([code, io.printed().match(/> 1\. payments: decides: Deny/g)?.length]).toEqual([0, 2])
  })
  it('names the rules that approve in place of approvers, with what they need', async () => {
    const autoApprove = [{ name: 'logs', condition: 'risk == "Low"' }]
    const policy = { ...POLICY, spec: { ...POLICY.spec, approvals: { ...POLICY.spec.approvals, autoApprove } } }
    const { io } = await explain(['--verb=get', '--resource=pods', '-n', 'shop'], { [`GET ${BASE}/accesspolicies/coding-agents`]: () => policy })
    expect(io.printed()).toContain(
      'Rule "logs" approves it at once, 10 times an hour for each requester and never for risk Critical, if: risk == "Low"\n',
    )
  })

  it('says when a rule approves, and whether it is open now', async () => {
    const windows = [{ name: 'office', timeZone: 'Europe/Berlin', days: ['Mon', 'Tue'], from: '08:00', to: '18:00' }]
    const autoApprove = [{ name: 'logs', condition: 'true', windows }]
    const policy = { ...POLICY, spec: { ...POLICY.spec, approvals: { ...POLICY.spec.approvals, autoApprove } } }
    const { io } = await explain(['--verb=patch', '--resource=deploy/scale', '-n', 'shop'], {
      [`GET ${BASE}/accesspolicies/coding-agents`]: () => policy,
    })
    expect(io.printed()).toContain(
      'Rule "logs", Window "office": it approves Mon, Tue from 08:00 to 18:00 (Europe/Berlin).\nNow, rule "logs" approves in its windows alone: "office"; it is open from 2026-11-30T08:00:00+01:00 (Europe/Berlin) on.\n',
    )
  })
  it('asks the server about the user of --as', async () => {
    const reviews: unknown[] = []
    const { io } = await explain(['--as=oidc:agent', '--verb=get', '--resource=pods', '-n', 'shop'], {
      [`POST ${BASE}/accessreviews`]: ({ spec }: { readonly spec: unknown }) => {
        reviews.push(spec)
        return { status: { allowed: false, effect: 'Deny', policy: 'coding-agents', rule: 'rest', message: 'refused' } }
      },
    })
    expect(reviews).toEqual([{ verb: 'get', group: '', resource: 'pods', subresource: '', namespace: 'shop', name: '' }])
    expect(io.printed()).toContain('The server, for this user now: not allowed (rule "rest" of policy "coding-agents": Deny): refused\n')
  })
  it('keeps the answer of the server for a user of --as that may not read the policy', async () => {
    const answers: Answers = {
      [`GET ${BASE}/accesspolicies/coding-agents`]: refuse,
      [`POST ${BASE}/accessreviews`]: () => ({ status: { allowed: true, message: 'fine' } }),
    }
    const { code, io } = await explain(['--as=oidc:agent', '--verb=get', '--resource=pods'], answers)
    expect([code, io.printed()]).toEqual([0, 'The server, for this user now: allowed: fine\n'])
    expect((await explain(['--verb=get', '--resource=pods'], answers)).code).toBe(6)
  })
  it.each([[[]], [['--verb=get']], [['other', '--verb=get', '--resource=pods']], [['-f', 'none.yaml']]])('%j is wrong usage', async (args) => {
    expect((await explain(args)).code).toBe(2)
  })
})
