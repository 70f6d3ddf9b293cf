import { describe, expect, it } from 'vitest'
import { KubectlError } from '../../cli/kubectl/kubectl-error.ts'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessRequest, AccessRequestStatus } from '../../domain/api/access-request.ts'
import { fakeIO, nowMs, type FakeIO } from '../fakes/io.ts'
import { requestOf } from './requests.ts'
import { runCertify, runCreate } from './run-certify.ts'

const BASE = '/apis/jit.access/v1'
const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString()
const ME = 'oidc:approver'
const review = (reviewer: string, decision: 'Approved' | 'Denied', message?: string) =>
  ({ reviewer: { username: reviewer }, decision, time: at(-30), ...(message === undefined ? {} : { message }) }) as const
const condition = (type: string, message?: string) => ({ type, status: 'True', ...(message === undefined ? {} : { message }) }) as const
const approvedBy = (reviewer: string): Partial<AccessRequestStatus> => ({
  conditions: [condition('Approved', 'fine')],
  reviews: [review(reviewer, 'Approved', 'fine')],
  grantName: 'ask',
})
const grantOf = (status: AccessGrant['status'] = {}, spec: Partial<AccessGrant['spec']> = {}): AccessGrant => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessGrant',
  metadata: { name: 'ask' },
  spec: {
    requestName: 'ask',
    policy: 'coding-agents',
    subject: { username: 'oidc:agent' },
    notBefore: at(-60),
    expiresAt: at(300),
    maxUses: 1,
    ...spec,
  },
  status,
})

type State = { readonly status: Partial<AccessRequestStatus>; readonly grant?: AccessGrant }
const two = { requiredApprovals: 2, policies: ['coding-agents', 'others'] }
const STATES = {
  pending: { status: {} },
  'half approved by me': { status: { ...two, conditions: [], reviews: [review(ME, 'Approved')] } },
  'half approved by another': { status: { ...two, conditions: [], reviews: [review('oidc:other', 'Approved')] } },
  'expired, half approved': { status: { ...two, expiresAt: at(-1), reviews: [review('oidc:other', 'Approved')] } },
  'approved by me': { status: approvedBy(ME), grant: grantOf() },
  'approved by another': { status: approvedBy('oidc:other'), grant: grantOf() },
  spent: { status: approvedBy(ME), grant: grantOf({ uses: 1 }) },
  revoked: { status: approvedBy(ME), grant: grantOf({ conditions: [condition('Revoked', 'oidc:other: enough seen')] }) },
  ended: { status: approvedBy(ME), grant: grantOf({}, { expiresAt: at(-5) }) },
  denied: { status: { conditions: [condition('Denied', 'not today')], reviews: [review('oidc:other', 'Denied', 'not today')] } },
  withdrawn: { status: { conditions: [condition('Withdrawn', 'not needed')] } },
  expired: { status: { expiresAt: at(-1) } },
  failed: { status: { conditions: [condition('Failed', 'the object is gone')] } },
} as const satisfies { readonly [state: string]: State }
type Name = keyof typeof STATES

function fixtureIn(state: Name, who: string): FakeIO {
  const { status, grant }: State = STATES[state]
  const request: AccessRequest = requestOf({ status })
  const own = { ...request, spec: { ...request.spec }, metadata: { ...request.metadata, labels: { 'jit.access/ask': '' } } }
  const given = grant === undefined ? undefined : { ...grant, spec: { ...grant.spec } }
  return fakeIO({
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: who } } }),
    [`GET ${BASE}/accessrequests`]: () => ({ metadata: { resourceVersion: '9' }, items: [request] }),
    [`GET ${BASE}/accessrequests/ask`]: () => own,
    [`POST ${BASE}/accessrequests`]: (body: AccessRequest) => {
      // An earlier run of this command created the request.
      own.metadata.labels['jit.access/ask'] = body.metadata.labels?.['jit.access/ask'] ?? ''
      for (const each of given === undefined ? [own] : [own, given]) Object.assign(each.spec, { rules: body.spec.rules })
      throw new KubectlError('AlreadyExists', 'ask already exists')
    },
    [`PUT ${BASE}/accessrequests/ask/approval`]: (body: AccessRequest) => body,
    [`PUT ${BASE}/accessgrants/ask/revocation`]: (body: AccessGrant) => body,
    [`WATCH ${BASE}/accessrequests`]: () => [],
    ...(given === undefined ? {} : { [`GET ${BASE}/accessgrants/ask`]: () => given }),
  })
}

type Ended = { readonly code: number; readonly said: string; readonly io: FakeIO }
const COMMANDS = {
  create: ['ask', '--verb=get', '--resource=pods', '-n', 'shop'],
  'create --wait': ['ask', '--verb=get', '--resource=pods', '-n', 'shop', '--wait', '--timeout=2s'],
  approve: ['approve', 'ask', '--yes'],
  'approve narrower': ['approve', 'ask', '--yes', '--duration=1m'],
  deny: ['deny', 'ask', '--reason=no'],
  revoke: ['revoke', 'ask', '--reason=enough'],
} as const
type Command = keyof typeof COMMANDS

async function run(state: Name, command: Command, ...more: readonly string[]): Promise<Ended> {
  const creates = command.startsWith('create')
  const io = fixtureIn(state, creates ? 'oidc:agent' : ME)
  let now = nowMs
  if (command === 'create --wait') Object.assign(io.clock, { nowMs: () => (now += 200) })
  const args = [...COMMANDS[command], ...more]
  const code = await (creates ? runCreate : runCertify)(io, args)
  return { code, said: io.printed() + io.noted(), io }
}

/** For each state and command: the exit code, the message, and what to type next. */
const TABLE: { readonly [state in Name]: { readonly [command in Command]: readonly [number, ...string[]] } } = {
  pending: {
    create: [0, 'waits for approval: no approver has decided'],
    'create --wait': [5, 'still waits: no approver has decided', 'run the same command again'],
    approve: [0, 'ask approved'],
    'approve narrower': [0, 'ask approved'],
    deny: [0, 'ask denied'],
    revoke: [4, 'waits for approval', 'kubectl certify deny ask --reason=TEXT'],
  },
  'half approved by me': {
    create: [0, '1 of 2 approvals is given; 1 more is missing', 'policy "coding-agents" and policy "others"'],
    'create --wait': [5, 'still waits: 1 of 2 approvals is given; 1 more is missing, by another person', 'run the same command again'],
    approve: [0, 'approved by you before: 1 of 2 approvals is given'],
    'approve narrower': [9, 'stays as it is: nothing was cut down', 'a later approver can still give less'],
    deny: [9, 'was already approved by you, which cannot be changed', 'kubectl certify revoke ask'],
    revoke: [4, '1 of 2 approvals', 'kubectl certify deny ask'],
  },
  'half approved by another': {
    create: [0, '1 of 2 approvals is given'],
    'create --wait': [5, '1 of 2 approvals is given', 'run the same command again'],
    approve: [0, 'ask approved'],
    'approve narrower': [0, 'ask approved'],
    deny: [0, 'ask denied'],
    revoke: [4, '1 of 2 approvals', 'kubectl certify deny ask'],
  },
  'expired, half approved': {
    create: [4, 'expired: 1 of 2 approvals was given in time', 'ask again'],
    'create --wait': [4, 'expired: 1 of 2 approvals was given in time', 'ask again'],
    approve: [4, 'expired: 1 of 2 approvals', 'ask again by a new request'],
    'approve narrower': [4, 'expired', 'ask again by a new request'],
    deny: [4, 'expired', 'no live grant to revoke'],
    revoke: [4, 'expired'],
  },
  'approved by me': {
    create: [0, 'approved: fine (grant ask)'],
    'create --wait': [0, 'approved: fine (grant ask)'],
    approve: [0, 'approved by you before', 'ends at'],
    'approve narrower': [9, 'stays as it is: nothing was cut down', 'kubectl certify revoke ask; then its requester asks again'],
    deny: [4, 'approved: fine', 'kubectl certify revoke ask'],
    revoke: [0, 'ask revoked'],
  },
  'approved by another': {
    create: [0, 'approved: fine (grant ask)'],
    'create --wait': [0, 'approved: fine (grant ask)'],
    approve: [4, 'approved: fine', 'it can no longer be decided', 'kubectl certify revoke ask'],
    'approve narrower': [4, 'it can no longer be decided', 'kubectl certify revoke ask'],
    deny: [4, 'it can no longer be decided', 'kubectl certify revoke ask'],
    revoke: [0, 'ask revoked'],
  },
  spent: {
    create: [4, 'its grant ask is used up, after 1 use', 'ask again'],
    'create --wait': [4, 'its grant ask is used up', 'ask again'],
    approve: [4, 'approved by you before', 'is used up', 'ask again by a new request'],
    'approve narrower': [9, 'nothing was cut down', 'is used up, after 1 use, so it gives no access any more'],
    deny: [4, 'is used up', 'no live grant to revoke'],
    revoke: [0, 'ask revoked; it had already ended: it is used up'],
  },
  revoked: {
    create: [4, 'its grant ask was revoked by oidc:other: enough seen', 'ask again'],
    'create --wait': [4, 'was revoked by oidc:other: enough seen', 'ask again'],
    approve: [4, 'approved by you before', 'was revoked by oidc:other: enough seen', 'ask again by a new request'],
    'approve narrower': [9, 'was revoked by oidc:other: enough seen, so it gives no access any more'],
    deny: [4, 'was revoked by oidc:other', 'no live grant to revoke'],
    revoke: [0, 'ask revoked before by oidc:other: enough seen'],
  },
  ended: {
    create: [4, 'its grant ask expired at', 'ask again'],
    'create --wait': [4, 'its grant ask expired at', 'ask again'],
    approve: [4, 'expired at', 'ask again by a new request'],
    'approve narrower': [9, 'expired at', 'so it gives no access any more'],
    deny: [4, 'expired at', 'no live grant to revoke'],
    revoke: [0, 'ask revoked; it had already ended: it expired at'],
  },
  denied: {
    create: [3, 'denied: not today', 'ask again'],
    'create --wait': [3, 'denied: not today', 'ask again'],
    approve: [3, 'denied: not today', 'ask again by a new request'],
    'approve narrower': [3, 'denied: not today', 'ask again by a new request'],
    deny: [0, 'denied before by oidc:other: not today'],
    revoke: [4, 'denied: not today'],
  },
  withdrawn: {
    create: [4, 'withdrawn: not needed', 'ask again'],
    'create --wait': [4, 'withdrawn: not needed', 'ask again'],
    approve: [4, 'withdrawn: not needed', 'ask again by a new request'],
    'approve narrower': [4, 'withdrawn', 'ask again by a new request'],
    deny: [4, 'withdrawn', 'no live grant to revoke'],
    revoke: [4, 'withdrawn'],
  },
  expired: {
    create: [4, 'expired: no approver decided in time', 'ask again'],
    'create --wait': [4, 'expired: no approver decided in time', 'ask again'],
    approve: [4, 'expired: no approver decided in time', 'ask again by a new request'],
    'approve narrower': [4, 'expired', 'ask again by a new request'],
    deny: [4, 'expired', 'no live grant to revoke'],
    revoke: [4, 'expired'],
  },
  failed: {
    create: [1, 'failed: the object is gone', 'ask again'],
    'create --wait': [1, 'failed: the object is gone', 'ask again'],
    approve: [4, 'failed: the object is gone', 'ask again by a new request'],
    'approve narrower': [4, 'failed', 'ask again by a new request'],
    deny: [4, 'failed', 'no live grant to revoke'],
    revoke: [4, 'failed'],
  },
}

const CASES = (Object.keys(STATES) as Name[]).flatMap((state) => (Object.keys(COMMANDS) as Command[]).map((command) => [state, command] as const))

describe('each command of a request in each state', () => {
  it.each(CASES)('%s: %s prints the state and what to type next', async (state, command) => {
    const [code, ...said] = TABLE[state][command]
    const ended = await run(state, command)
    expect([ended.code, ended.said]).toEqual([code, expect.any(String)])
    for (const words of said) expect(ended.said).toContain(words)
    // The message must not claim that nobody decided when one approver did.
    if (state.includes('half approved')) expect(ended.said).not.toContain('nobody')
  })

  it.each(CASES)('%s: %s with -o json has the same exit code and prints the object', async (state, command) => {
    const [code] = TABLE[state][command]
    const ended = await run(state, command, '-o', 'json')
    expect(ended.code).toBe(code)
    // Without a grant there is no AccessGrant to print.
    if (command === 'revoke' && code !== 0) return expect(ended.io.printed()).toBe('')
    expect(JSON.parse(ended.io.printed())).toMatchObject({
      kind: command === 'revoke' ? 'AccessGrant' : 'AccessRequest',
      metadata: { name: 'ask' },
    })
    if (code !== 0) expect(ended.io.noted()).not.toBe('')
  })
})

it.each([
  ['approved by me', 'ends at', 'to take it back: kubectl certify revoke ask'],
  ['spent', 'is used up, after 1 use'],
  ['revoked', 'was revoked by oidc:other: enough seen'],
  ['ended', 'expired at'],
] as const)('show prints what is left of the grant of a request that is %s', async (state, ...said) => {
  const io = fixtureIn(state, ME)
  expect(await runCertify(io, ['show', 'ask'])).toBe(0)
  for (const words of said) expect(io.printed()).toContain(words)
  expect(io.printed().includes('certify revoke')).toBe(state === 'approved by me')
})

it('the list counts the approvals that the server requires, not those of one policy', async () => {
  const io = fixtureIn('half approved by another', ME)
  // An older server without inboxes: the plugin sorts the requests itself.
  const create = (path: string): Promise<unknown> =>
    path.endsWith('/inboxes')
      ? Promise.reject(new KubectlError('NotFound', 'no inboxes'))
      : Promise.resolve({ status: { allowed: true, userInfo: { username: ME } } })
  Object.assign(io.kubectl, { create })
  expect(await runCertify(io, ['-o', 'wide'])).toBe(0)
  expect(io.printed()).toMatch(/coding-agents +1\/2/)
})
