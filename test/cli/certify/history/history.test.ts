import { describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import { KubectlError } from '../../../../cli/kubectl/kubectl-error.ts'
import { fakeIO, nowMs, type Answers } from '../../../fakes/io.ts'
import { requestOf } from '../../requests.ts'
import { runCertify } from '../../run-certify.ts'

const BASE = '/apis/jit.access/v1'
const at = (secondsAgo: number): string => new Date(nowMs - secondsAgo * 1000).toISOString()

const denied = (name: string, secondsAgo: number, by = 'oidc:approver'): AccessRequest =>
  requestOf({
    name,
    status: {
      conditions: [{ type: 'Denied', status: 'True', message: 'x', lastTransitionTime: at(secondsAgo) }],
      reviews: [{ reviewer: { username: by }, decision: 'Denied', message: 'not today', time: at(secondsAgo) }],
    },
  })
const approved = (name: string, secondsAgo: number): AccessRequest =>
  requestOf({
    name,
    status: {
      conditions: [{ type: 'Approved', status: 'True', lastTransitionTime: at(secondsAgo) }],
      reviews: [{ reviewer: { username: 'oidc:other' }, decision: 'Approved', time: at(secondsAgo) }],
      grantName: name,
    },
  })
const grantOf = (name: string): AccessGrant => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessGrant',
  metadata: { name },
  spec: { requestName: name, policy: 'coding-agents', subject: { username: 'oidc:agent' }, notBefore: at(900), expiresAt: at(300) },
  status: { uses: 2 },
})

/** Serves lists in pages of two, and remembers the paths. */
function fixture(requests: readonly AccessRequest[], grants: readonly AccessGrant[] = [], more: Answers = {}) {
  const paths: string[] = []
  const page = (items: readonly object[]) => (_: never, path: string) => {
    paths.push(path)
    const from = Number(new URL(path, 'http://x').searchParams.get('continue') ?? 0)
    return { metadata: from + 2 < items.length ? { continue: String(from + 2) } : {}, items: items.slice(from, from + 2) }
  }
  const answers: Answers = {
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'oidc:approver' } } }),
    [`GET ${BASE}/accessrequests`]: page(requests),
    [`GET ${BASE}/accessgrants`]: page(grants),
    ...more,
  }
  return { io: fakeIO(answers), paths }
}

const refuse = (): never => {
  throw new KubectlError('Forbidden', 'accessgrants is forbidden')
}

describe('history', () => {
  it('lists what ended, newest first, over all pages, with who decided and what became of the grant', async () => {
    const { io } = fixture(
      [denied('old', 7200), requestOf({ name: 'pending' }), approved('new', 600), denied('ancient', 8 * 86400)],
      [grantOf('new')],
    )
    expect(await runCertify(io, ['history'])).toBe(0)
    const [, first, second, ...rest] = io.printed().trim().split('\n')
    expect(first).toMatch(/^new +oidc:agent +Approved +10m +oidc:other +expired at \S+, 2 uses$/)
    expect(second).toMatch(/^old +oidc:agent +Denied +2h +oidc:approver +not today$/)
    expect(rest).toEqual([])
  })

  it('says once how many uses were taken', async () => {
    const { spec, ...spent } = grantOf('new')
    const { io } = fixture([approved('new', 600)], [{ ...spent, spec: { ...spec, expiresAt: at(-300), maxUses: 2 } }])
    expect(await runCertify(io, ['history'])).toBe(0)
    expect(io.printed()).toMatch(/ is used up, after 2 uses$/m)
  })

  it('asks the server for one requester and one policy, whatever characters their names have', async () => {
    const { io, paths } = fixture([])
    expect(await runCertify(io, ['history', '--requester=a,b=c', '--policy=p'])).toBe(0)
    expect(new URL(paths[0] ?? '', 'http://x').searchParams.get('fieldSelector')).toBe('spec.requester.username=a\\,b\\=c,spec.policy=p')
    expect(io.noted()).toContain('No request that you can see was decided in the last 7d.')
  })

  it('--mine keeps what the caller decided, --since what is newer', async () => {
    const requests = [denied('mine', 600), denied('theirs', 600, 'oidc:other'), denied('mine-before', 86000)]
    const first = fixture(requests).io
    expect(await runCertify(first, ['history', '--mine', '-o', 'name'])).toBe(0)
    expect(first.printed()).toBe('accessrequest.jit.access/mine\naccessrequest.jit.access/mine-before\n')
    const second = fixture(requests).io
    expect(await runCertify(second, ['history', '--mine', '--since=1h', '-o', 'name'])).toBe(0)
    expect(second.printed()).toBe('accessrequest.jit.access/mine\n')
  })

  it('keeps at most 500 in memory, the newest, and says how many it leaves out', async () => {
    const many = Array.from({ length: 1203 }, (_, index) => denied(`r${String(index).padStart(4, '0')}`, 10 + index))
    const { io } = fixture(many)
    expect(await runCertify(io, ['history', '-o', 'json'])).toBe(0)
    const { items } = JSON.parse(io.printed()) as { readonly items: readonly AccessRequest[] }
    expect([items.length, items[0]?.metadata.name, items.at(-1)?.metadata.name]).toEqual([500, 'r0000', 'r0499'])
    expect(io.noted()).toContain('703 older ones are not shown')
  })

  it('says when grants cannot be read', async () => {
    const { io } = fixture([approved('new', 600)], [], { [`GET ${BASE}/accessgrants`]: refuse })
    expect(await runCertify(io, ['history'])).toBe(0)
    expect(io.printed()).toContain('not known')
    expect(io.noted()).toContain('grants cannot be read: accessgrants is forbidden')
  })

  it.each([[['history', 'name']], [['history', '--since=x']], [['history', '-o', 'x']]])('%j is wrong usage', async (args) => {
    expect(await runCertify(fixture([]).io, args)).toBe(2)
  })
})

describe('show', () => {
  it('says what its requester asked before, what became of it, and what the caller decided', async () => {
    const past = [denied('one', 300), denied('two', 400), denied('three', 500), approved('four', 600)]
    const { io } = fixture([...past, requestOf()], [grantOf('four')], { [`GET ${BASE}/accessrequests/ask`]: () => requestOf() })
    expect(await runCertify(io, ['show', 'ask'])).toBe(0)
    const section = io.printed().split('Asked before:\n')[1] ?? ''
    expect(
      section
        .split('\n')
        .slice(0, 5)
        .map((line) => line.trim()),
    ).toEqual([
      '4 in the last 7 days: 1 approved, 3 denied',
      expect.stringMatching(/^5m ago denied by oidc:approver: not today \(patch deployments/),
      expect.stringContaining('6m40s ago denied'),
      expect.stringContaining('8m20s ago denied'),
      'you took part in 3: 3 denied',
    ])
  })

  it('reads a bounded number of pages of a requester that asks much, and says so', async () => {
    const many = Array.from({ length: 60 }, (_, index) => denied(`r${index}`, 10 + index))
    const { io, paths } = fixture(many, [], { [`GET ${BASE}/accessrequests/ask`]: () => requestOf() })
    expect(await runCertify(io, ['show', 'ask'])).toBe(0)
    expect([paths.length, io.printed()]).toEqual([10, expect.stringMatching(/20 or more in the last 7 days[^]*not all were read/)])
  })

  it('does not say that there was nothing when it has not read all', async () => {
    const pending = Array.from({ length: 60 }, (_, index) => requestOf({ name: `p${index}` }))
    const { io } = fixture(pending, [], { [`GET ${BASE}/accessrequests/ask`]: () => requestOf() })
    expect(await runCertify(io, ['show', 'ask'])).toBe(0)
    expect(io.printed()).toMatch(/Asked before:\n {4}not all were read/)
    expect(io.printed()).not.toContain('nothing in the last 7 days')
  })

  it('says that the history could not be read, and still shows the request', async () => {
    const { io } = fixture([], [], {
      [`GET ${BASE}/accessrequests/ask`]: () => requestOf(),
      [`GET ${BASE}/accessrequests`]: () => {
        throw new KubectlError('Forbidden', 'no list')
      },
    })
    expect(await runCertify(io, ['show', 'ask'])).toBe(0)
    expect(io.printed()).toMatch(/Asked by: +oidc:agent[^]*Asked before:\n {4}could not be read: no list/)
  })
})
