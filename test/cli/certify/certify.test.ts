import { describe, expect, it } from 'vitest'
import { KubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { fakeIO, type Answers, type FakeIO } from '../../fakes/io.ts'
import { approvedBy, requestOf } from '../requests.ts'
import { runCertify } from '../run-certify.ts'

const BASE = '/apis/jit.access/v1'
const REQUEST = `${BASE}/accessrequests/ask`
type Spec = { readonly spec: { readonly resourceAttributes: { readonly verb: string; readonly name?: string; readonly namespace?: string } } }

const who = (username: string): Answers => ({
  'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username } } }),
})
/** The caller may certify under a policy in these namespaces; `*` means all. */
const certifies = (...namespaces: readonly string[]): Answers => ({
  'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': ({ spec: { resourceAttributes } }: Spec) => ({
    status: { allowed: resourceAttributes.verb === 'update' || namespaces.includes(resourceAttributes.namespace ?? '*') },
  }),
})
const lists = (...items: readonly AccessRequest[]): Answers => ({
  [`GET ${BASE}/accessrequests`]: () => ({ metadata: { resourceVersion: '9' }, items }),
})
const run = (io: FakeIO, ...args: readonly string[]) => runCertify(io, args)
const conflict = new KubectlError('Conflict', 'the object has been modified')
const grant = { apiVersion: 'jit.access/v1', kind: 'AccessGrant', metadata: { name: 'ask' }, spec: { expiresAt: '2026-11-25T12:05:00Z', maxUses: 1 } }

describe('the inbox', () => {
  it('lists requests that wait for the caller, oldest first, apart from others', async () => {
    const io = fakeIO({
      ...who('oidc:Me'),
      ...certifies('shop'),
      ...lists(
        { ...requestOf({ name: 'second' }), metadata: { ...requestOf({ name: 'second' }).metadata, creationTimestamp: '2026-11-25T11:59:59Z' } },
        requestOf({ name: 'first' }),
        requestOf({ name: 'mine', spec: { requester: { username: 'oidc:me' } } }),
        requestOf({ name: 'elsewhere', spec: { rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop', 'billing'] }] } }),
        requestOf({ name: 'cluster-wide', spec: { rules: [{ verbs: ['get'], resources: ['nodes'] }] } }),
        requestOf({ name: 'over', status: { expiresAt: '2026-11-25T11:59:59Z' } }),
        requestOf({ name: 'decided', status: approvedBy('x') }),
        requestOf({ name: 'half', status: { ...approvedBy('oidc:ME'), conditions: [] } }),
      ),
    })
    expect(await run(io)).toBe(0)
    const names = io.printed().matchAll(/^(\S+) +oidc/gm)
    expect([...names].map(([, name]) => name)).toEqual(['first', 'second', 'half', 'mine'])
    expect(io.printed()).toMatch(
      /second[^]*Approved by you, waiting for another approver:\n[^]*half[^]*Your own requests, for others to decide:\n[^]*mine/,
    )
  })

  it('reports when nothing waits', async () => {
    const io = fakeIO({ ...who('me'), ...certifies('*'), ...lists() })
    expect(await run(io)).toBe(0)
    expect([io.printed(), io.noted()]).toEqual(['', 'Nothing waits for you.\n'])
  })

  it('is a list of only the requests that wait for the caller with -o json', async () => {
    const io = fakeIO({
      ...who('me'),
      ...certifies('*'),
      ...lists(requestOf(), requestOf({ name: 'own', spec: { requester: { username: 'me' } } })),
    })
    expect(await run(io, '-o', 'json')).toBe(0)
    expect(JSON.parse(io.printed())).toMatchObject({ kind: 'AccessRequestList', items: [{ metadata: { name: 'ask' } }] })
  })

  it('contains only requests that concern a given namespace', async () => {
    const io = fakeIO({
      ...who('me'),
      ...certifies('*'),
      ...lists(requestOf(), requestOf({ name: 'b', spec: { rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['b'] }] } })),
    })
    expect(await run(io, '-n', 'b', '-oname')).toBe(0)
    expect(io.printed()).toBe('accessrequest.jit.access/b\n')
  })

  it('makes one access review per policy and namespace', async () => {
    const many = Array.from({ length: 20 }, (_, index) => requestOf({ name: `r${index}` }))
    const io = fakeIO({ ...who('me'), ...certifies('shop'), ...lists(...many) })
    await run(io, '-o', 'name')
    expect(io.calls.filter((call) => call.includes('selfsubjectaccessreviews'))).toHaveLength(3)
  })

  it.each([[['-w', '-o', 'json']], [['-o', 'cast']], [['--duration=5m']], [['--nope']]])('%j is wrong usage', async (args) => {
    expect(await run(fakeIO({ ...who('me') }), ...args)).toBe(2)
  })
})

const server = (answers: Answers): FakeIO => fakeIO({ ...who('oidc:approver'), ...answers })
const approved = (body: AccessRequest): AccessRequest => ({ ...body, status: { ...body.status, grantName: 'ask' } })

describe('approve', () => {
  it('sends the request with one more condition and the narrowed part', async () => {
    let put: AccessRequest | undefined
    const io = server({
      [`GET ${REQUEST}`]: () => requestOf(),
      [`PUT ${REQUEST}/approval`]: (body: AccessRequest) => approved((put = body)),
      [`GET ${BASE}/accessgrants/ask`]: () => grant,
    })
    expect(await run(io, 'approve', 'ask', '--duration=5m', '--uses=1', '--reason=go ahead')).toBe(0)
    const seen = requestOf()
    expect(put).toEqual({
      ...seen,
      status: {
        ...seen.status,
        conditions: [{ type: 'Approved', status: 'True', reason: 'KubectlCertify', message: 'go ahead' }],
        narrowed: { durationSeconds: 300, maxUses: 1 },
      },
    })
    expect(io.printed()).toBe('accessrequest.jit.access/ask approved\naccessgrant.jit.access/ask ends at 2026-11-25T12:05:00Z (in 5m), 1 use\n')
  })

  it('accepts names as -o name prints them, and flags before the command', async () => {
    const io = server({ [`GET ${REQUEST}`]: () => requestOf(), [`PUT ${REQUEST}/approval`]: approved })
    expect(await run(io, '--context', 'x', '-o', 'name', 'approve', 'accessrequest.jit.access/ask')).toBe(0)
    expect(io.printed()).toBe('accessrequest.jit.access/ask\n')
  })

  it('is retried after an irrelevant change of the request', async () => {
    let version = 7
    const io = server({
      [`GET ${REQUEST}`]: () => requestOf({ resourceVersion: String(version) }),
      [`PUT ${REQUEST}/approval`]: (body: AccessRequest) => {
        if (body.metadata.resourceVersion === '9') return approved(body)
        version += 1
        throw conflict
      },
    })
    expect(await run(io, 'approve', 'ask')).toBe(0)
    expect(io.calls.filter((call) => call.startsWith('PUT'))).toHaveLength(3)
  })

  it.each([
    ['its spec', requestOf({ resourceVersion: '8', spec: { maxUses: 99 } })],
    ['a decision on it', requestOf({ resourceVersion: '8', status: { reviews: approvedBy('other').reviews ?? [] } })],
    [
      'the object itself, recreated under the name,',
      { ...requestOf({ resourceVersion: '8' }), metadata: { ...requestOf().metadata, uid: 'another' } },
    ],
  ])('is not retried when %s changed: the reviewer has to look again', async (_, changed) => {
    let reads = 0
    const io = server({
      [`GET ${REQUEST}`]: () => (reads++ === 0 ? requestOf() : changed),
      [`PUT ${REQUEST}/approval`]: () => {
        throw conflict
      },
    })
    expect(await run(io, 'approve', 'ask')).toBe(4)
    expect(io.noted()).toContain('changed before your decision was stored')
    expect(io.calls.filter((call) => call.startsWith('PUT'))).toHaveLength(1)
  })

  it('gives at most what an earlier approver left', async () => {
    const io = server({ [`GET ${REQUEST}`]: () => requestOf({ status: { narrowed: { durationSeconds: 60 } } }) })
    expect(await run(io, 'approve', 'ask', '--duration=2m')).toBe(2)
    expect(io.noted()).toContain('longer than the 1m that can be approved')
  })

  it('succeeds for a request that the caller approved before', async () => {
    const io = server({
      [`GET ${REQUEST}`]: () => requestOf({ status: approvedBy('oidc:Approver') }),
      [`GET ${BASE}/accessgrants/ask`]: () => grant,
    })
    expect(await run(io, 'approve', 'ask')).toBe(0)
    expect(io.printed()).toContain('approved by you before')
    expect(io.calls.some((call) => call.startsWith('PUT'))).toBe(false)
    expect(await run(io, 'approve', 'ask', '--duration=10m')).toBe(0)
  })
  it.each([
    [approvedBy('oidc:approver'), 'kubectl certify revoke ask'],
    [{ ...approvedBy('oidc:approver'), conditions: [] }, 'a later approver can still give less'],
  ])('does not narrow an earlier approval of the caller, and says so', async ({ grantName, ...status }, remedy) => {
    const given = status.conditions?.length === 0 ? status : { ...status, ...(grantName === undefined ? {} : { grantName }) }
    const io = server({ [`GET ${REQUEST}`]: () => requestOf({ status: given }) })
    expect(await run(io, 'approve', 'ask', '--duration=1m')).toBe(9)
    expect(io.noted()).toContain('stays as it is: nothing was cut down')
    expect(io.noted()).toContain(remedy)
  })

  it.each([
    ['another approver approved, possibly with other limits', approvedBy('oidc:other'), 4],
    ['was denied', { conditions: [{ type: 'Denied', status: 'True', message: 'no' }] } as const, 3],
    ['has expired', { expiresAt: '2026-11-25T11:59:00Z' }, 4],
    ['was withdrawn by its requester', { conditions: [{ type: 'Withdrawn', status: 'True' }] } as const, 4],
  ])('is refused without a write for a request that %s', async (_, status, code) => {
    const io = server({ [`GET ${REQUEST}`]: () => requestOf({ status }) })
    expect(await run(io, 'approve', 'ask')).toBe(code)
    expect(io.calls.some((call) => call.startsWith('PUT'))).toBe(false)
  })

  it('asks on a terminal and does nothing unless the answer is yes', async () => {
    for (const [reply, code] of [
      ['', 1],
      ['n', 1],
      ['yep', 1],
      ['y', 0],
      ['YES', 0],
    ] as const) {
      const io = fakeIO(
        { ...who('oidc:approver'), [`GET ${REQUEST}`]: () => requestOf(), [`PUT ${REQUEST}/approval`]: approved },
        { replies: [reply] },
      )
      expect(await run(io, 'approve', 'ask')).toBe(code)
      expect(io.calls.some((call) => call.startsWith('PUT'))).toBe(code === 0)
      expect(io.noted()).toContain('patch deployments.apps/scale "web" in namespace shop')
    }
  })

  it('does not ask with --yes', async () => {
    const io = fakeIO({ ...who('oidc:approver'), [`GET ${REQUEST}`]: () => requestOf(), [`PUT ${REQUEST}/approval`]: approved }, { replies: [] })
    expect(await run(io, 'approve', 'ask', '-y')).toBe(0)
  })

  it('tries each of several names, and its exit code tells apart that some failed and that all did', async () => {
    const io = server({ [`GET ${REQUEST}`]: () => requestOf(), [`PUT ${REQUEST}/approval`]: approved })
    expect(await run(io, 'approve', 'gone', 'ask')).toBe(10)
    expect(io.printed()).toContain('accessrequest.jit.access/ask approved')
    expect(await run(io, 'approve', 'gone', 'gone-too')).toBe(1)
    expect(await run(io, 'approve', 'a', 'b', '--verb=get')).toBe(2)
  })

  it('exits with 6 and the message of the server when the server refuses', async () => {
    const io = server({
      [`GET ${REQUEST}`]: () => requestOf(),
      [`PUT ${REQUEST}/approval`]: () => {
        throw new KubectlError('Forbidden', 'nobody may decide on a request of their own')
      },
    })
    expect(await run(io, 'approve', 'ask')).toBe(6)
    expect(io.noted()).toBe('error: nobody may decide on a request of their own\n')
  })
})

describe('deny', () => {
  it('requires a reason', async () => {
    for (const args of [[], ['--reason='], ['--reason=  ']]) expect(await run(fakeIO(who('me')), 'deny', 'ask', ...args)).toBe(2)
  })
  it('sends the reason as the message of the condition', async () => {
    let put: AccessRequest | undefined
    const io = fakeIO({
      ...who('me'),
      [`GET ${REQUEST}`]: () => requestOf(),
      [`PUT ${REQUEST}/approval`]: (body: AccessRequest) => (put = body),
    })
    expect(await run(io, 'deny', 'ask', '--reason=it still serves customers')).toBe(0)
    expect(put?.status?.conditions).toEqual([{ type: 'Denied', status: 'True', reason: 'KubectlCertify', message: 'it still serves customers' }])
  })
  it('succeeds for a request that anyone denied before, and fails for an approved one', async () => {
    const denied = fakeIO({ ...who('me'), [`GET ${REQUEST}`]: () => requestOf({ status: { conditions: [{ type: 'Denied', status: 'True' }] } }) })
    expect(await run(denied, 'deny', 'ask', '--reason=x')).toBe(0)
    const over = fakeIO({ ...who('me'), [`GET ${REQUEST}`]: () => requestOf({ status: approvedBy('me') }) })
    expect(await run(over, 'deny', 'ask', '--reason=x')).toBe(4)
    expect(over.noted()).toContain('kubectl certify revoke ask')
  })
})

describe('revoke', () => {
  const path = `${BASE}/accessgrants/ask`
  it('is retried after any change of the grant', async () => {
    let tries = 0
    const io = fakeIO({
      [`GET ${path}`]: () => ({ ...grant, spec: { ...grant.spec, notBefore: '2026-11-25T11:00:00Z' } }),
      [`PUT ${path}/revocation`]: (body: AccessGrant) => {
        if (tries++ < 2) throw conflict
        return body
      },
    })
    expect(await run(io, 'revoke', 'accessgrant.jit.access/ask', '--reason=enough')).toBe(0)
    expect(io.printed()).toBe('accessgrant.jit.access/ask revoked\n')
  })
  it('succeeds for a grant that is already revoked', async () => {
    const io = fakeIO({ [`GET ${path}`]: () => ({ ...grant, status: { conditions: [{ type: 'Revoked', status: 'True' }] } }) })
    expect(await run(io, 'revoke', 'ask')).toBe(0)
    expect(io.printed()).toBe('accessgrant.jit.access/ask revoked before\n')
  })
  it('does not accept a request name', async () => expect(await run(fakeIO(), 'revoke', 'accessrequest/ask')).toBe(2))
})

describe('help', () => {
  it.each([[['--help']], [['help']], [['approve', '-h']], [['help', 'deny']], [['show', '--help', 'x']]])(
    '%j shows examples without any call',
    async (args) => {
      const io = fakeIO()
      expect(await run(io, ...args)).toBe(0)
      expect(io.printed()).toContain('Examples:\n')
      expect(io.calls).toEqual([])
    },
  )
})
