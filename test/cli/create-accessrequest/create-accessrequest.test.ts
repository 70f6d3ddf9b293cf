import { describe, expect, it } from 'vitest'
import { KubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { grant } from '../../domain/builders.ts'
import { fakeIO, nowMs, type Answers, type FakeIO } from '../../fakes/io.ts'
import { approvedBy, requestOf } from '../requests.ts'
import { runCreate } from '../run-certify.ts'

const GRANTS = '/apis/jit.access/v1/accessgrants'
const BASE = '/apis/jit.access/v1/accessrequests'
const me: Answers = { 'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'oidc:agent' } } }) }
const run = (io: FakeIO, ...args: readonly string[]) => runCreate(io, args)
const PODS = ['--verb=get', '--resource=pods', '-n', 'shop'] as const
const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString()
const rulesOf = (request: AccessRequest | undefined) => request?.spec.rules

/** A server that stores requests with unique names and sets the requester. */
function server(more: Answers = {}, files: { [name: string]: string } = {}) {
  const stored = new Map<string, AccessRequest>()
  const io = fakeIO(
    {
      ...me,
      [`GET ${BASE}`]: (_: never, path: string) => {
        const label = new URLSearchParams(path.split('?')[1]).get('labelSelector')?.split('=')[1]
        return { items: [...stored.values()].filter(({ metadata }) => metadata.labels?.['jit.access/ask'] === label) }
      },
      [`POST ${BASE}`]: (body: AccessRequest, path: string) => {
        const { name } = body.metadata
        if (stored.has(name)) throw new KubectlError('AlreadyExists', `${name} already exists`)
        const made = {
          ...requestOf({ name }),
          ...body,
          spec: { ...body.spec, requester: { username: 'oidc:agent' } },
          status: requestOf().status ?? {},
        }
        if (!path.includes('dryRun=All')) stored.set(name, made)
        return made
      },
      ...more,
    },
    { files },
  )
  return { io, stored }
}
const filed = async (...args: readonly string[]): Promise<AccessRequest | undefined> => {
  const { io, stored } = server({ 'TEXT config': () => 'from-context', 'TEXT api-resources': () => 'widgets wd example.com/v1 true Widget\n' })
  expect([await run(io, ...args), io.noted()]).toEqual([0, expect.any(String)])
  return stored.values().next().value
}

describe('rules from flags', () => {
  it('are one per resource, each in the group of its resource', async () => {
    expect(rulesOf(await filed('--verb=get,delete', '--resource=pods,deploy', '-n', 'a,b', '--name=x'))).toEqual([
      { verbs: ['get', 'delete'], apiGroups: [''], resources: ['pods'], namespaces: ['a', 'b'], resourceNames: ['x'] },
      { verbs: ['get', 'delete'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['a', 'b'], resourceNames: ['x'] },
    ])
  })
  it('start again with a --verb after a --resource', async () => {
    expect(
      rulesOf(await filed('--verb=create', '--resource=pods/exec', '--namespace=shop', '--verb=get', '--resource=pods/log', '--duration=10m')),
    ).toEqual([
      { verbs: ['create'], apiGroups: [''], resources: ['pods/exec'], namespaces: ['shop'] },
      { verbs: ['get'], apiGroups: [''], resources: ['pods/log'], namespaces: ['shop'] },
    ])
  })
  it('use the namespace of the context when none is given', async () =>
    expect(rulesOf(await filed('--verb=get', '--resource=po'))?.[0]?.namespaces).toEqual(['from-context']))
  it('for a list without a namespace cover all namespaces, as after a refused get -A', async () =>
    expect(rulesOf(await filed('--verb=list', '--resource=pods'))?.[0]).toEqual({ verbs: ['list'], apiGroups: [''], resources: ['pods'] }))
  it('for cluster-scoped resources have no namespace', async () =>
    expect(rulesOf(await filed('--verb=get', '--resource=nodes', '-n', 'x'))?.[0]).toEqual({ verbs: ['get'], apiGroups: [''], resources: ['nodes'] }))
  it('find other resources through discovery', async () =>
    expect(rulesOf(await filed('--verb=get', '--resource=wd/status', '-n', 'x'))?.[0]).toMatchObject({
      apiGroups: ['example.com'],
      resources: ['widgets/status'],
    }))
})

it('every flag sets its field of the spec', async () => {
  const args = ['--duration=1h30m', '--uses=2', '--reason=why', '--ticket=T-1', '--policy=p', '--reveal=shop/db:a', '--reveal=shop/db:b']
  const agent = ['--agent-name=n', '--agent-model=m', '--agent-session=s', '--agent-task=t']
  expect((await filed(...PODS, ...args, ...agent))?.spec).toEqual({
    requester: { username: 'oidc:agent' },
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['shop'] }],
    durationSeconds: 5400,
    maxUses: 2,
    reason: 'why',
    ticket: 'T-1',
    policy: 'p',
    reveal: [{ namespace: 'shop', secret: 'db', keys: ['a', 'b'] }],
    agent: { name: 'n', model: 'm', session: 's', task: 't' },
  })
})

describe('--for', () => {
  const web =
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: hunter2-hunter2}\n'
  it('requests create for missing objects and patch for existing ones', async () => {
    const found = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } }],
    })
    const { io, stored } = server({ 'TEXT config': () => 'shop', 'TEXT get': () => found }, { 'web.yaml': web })
    expect(await run(io, '--for', '-f', 'web.yaml')).toBe(0)
    const rules = rulesOf(stored.values().next().value)
    expect(rules?.map(({ verbs, resources, resourceNames }) => [verbs, resources, resourceNames])).toEqual([
      [['patch'], ['deployments'], ['web']],
      [['create'], ['secrets'], undefined],
    ])
    expect(JSON.stringify([...stored.values()])).not.toContain('hunter2')
  })
  it.each([
    ['invalid YAML', 'a: [', /is not valid YAML/],
    ['nothing', '', /does not contain an object/],
    ['something else', 'a: hunter2-hunter2', /not a Kubernetes object/],
  ])('reports a file with %s without quoting it', async (_, text, message) => {
    const { io } = server({}, { f: text })
    expect(await run(io, '--for', '-f', 'f')).toBe(2)
    expect(io.noted()).toMatch(message)
    expect(io.noted()).not.toContain('hunter2')
  })
})

describe('wrong usage exits with 2 without any call', () => {
  it.each([
    [['--verb=get']],
    [['--resource=pods']],
    [[...PODS, '--duration=soon']],
    [[...PODS, '--duration=0s']],
    [[...PODS, '--uses=0']],
    [[...PODS, '--uses=many']],
    [[...PODS, '-o', 'wide']],
    [[...PODS, '--timeout=5s']],
    [[...PODS, '--dry-run=maybe']],
    [[...PODS, '--wait=perhaps']],
    [[...PODS, 'one', 'two']],
    [[...PODS, '--nope']],
    [[...PODS, '-f', 'x']],
    [['--for']],
    [['--for', '-f', 'x', '--from-refusal']],
    [['--reveal=shop/db']],
    [['--duration=5m']],
    [['--namespace=*', '--verb=get', '--resource=pods']],
    [['--verb=create', '--resource=pods', '-n', 'a', '--name=x']],
    [[]],
  ])('%j', async (args) => {
    const io = fakeIO()
    expect(await run(io, ...args)).toBe(2)
    expect(io.calls).toEqual([])
  })
})

describe('a repeated command', () => {
  it('finds its pending request and does not create a second one', async () => {
    const { io, stored } = server()
    for (let index = 0; index < 3; index += 1) expect(await run(io, ...PODS)).toBe(0)
    expect(stored.size).toBe(1)
    expect(io.printed()).toMatch(/created\n[^]*found: asked before\n[^]*found: asked before\n/)
  })
  it('creates a new request with another name when the first was denied', async () => {
    const { io, stored } = server()
    await run(io, ...PODS)
    for (const [name, request] of stored) stored.set(name, { ...request, status: { conditions: [{ type: 'Denied', status: 'True' }] } })
    expect(await run(io, ...PODS)).toBe(0)
    expect([...stored.keys()]).toEqual([expect.stringMatching(/^get-pods-[0-9a-f]{8}$/), expect.stringMatching(/^get-pods-[0-9a-f]{8}-2$/)])
  })
  it.each<readonly [string, AccessGrant['spec']['rules'], number]>([
    ['is found again when its grant gives everything requested', [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['shop'] }], 1],
    [
      'is not found again when its approver gave less',
      [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['shop'], resourceNames: ['web'] }],
      2,
    ],
    ['is not found again when its approver gave nothing of it', [], 2],
  ])('an approved request %s', async (_, rules, count) => {
    const { io, stored } = server({ [`GET ${GRANTS}/x`]: () => grant({ rules: rules ?? [], notBefore: at(-1), expiresAt: at(60) }) })
    await run(io, ...PODS)
    for (const [name, request] of stored) stored.set(name, { ...request, status: { ...approvedBy('x'), grantName: 'x' } })
    expect(await run(io, ...PODS)).toBe(0)
    expect(stored.size).toBe(count)
  })
  it('with a key finds the same request, even after it was decided', async () => {
    const { io, stored } = server()
    await run(io, ...PODS, '--idempotency-key=k')
    for (const [name, request] of stored) {
      stored.set(name, { ...request, status: { conditions: [{ type: 'Denied', status: 'True' }] } })
      Object.assign(io.kubectl, { get: () => Promise.resolve(stored.get(name)) })
    }
    expect(await run(io, ...PODS, '--idempotency-key=k')).toBe(3)
    expect(stored.size).toBe(1)
  })
  it("never adopts another requester's request with the same name", async () => {
    const { io } = server({ [`GET ${BASE}/mine`]: () => requestOf({ name: 'mine', spec: { requester: { username: 'oidc:other' } } }) })
    Object.assign(io.kubectl, {
      create: (path: string) =>
        path.includes('selfsubject')
          ? Promise.resolve({ status: { userInfo: { username: 'oidc:agent' } } })
          : Promise.reject(new KubectlError('AlreadyExists', 'x')),
    })
    expect(await run(io, 'mine', ...PODS)).toBe(2)
  })
})

const masked = (request: AccessRequest): AccessRequest => ({ ...request, metadata: { ...request.metadata, name: '[jit.access/masked]' } })
const waiting = (decided: Partial<NonNullable<AccessRequest['status']>>) =>
  server({
    [`WATCH ${BASE}`]: () => [{ type: 'MODIFIED', object: requestOf({ status: decided }) }],
    [`GET ${BASE}/ask`]: () => requestOf({ name: 'ask', status: decided }),
    [`GET ${GRANTS}/ask`]: () => grant({ notBefore: at(-1), expiresAt: at(60) }),
  })

describe('--wait', () => {
  it.each([
    ['approved', approvedBy('x'), 0, 'accessrequest.jit.access/ask approved: fine (grant ask)\n'],
    [
      'denied',
      { conditions: [{ type: 'Denied', status: 'True', message: 'not today' }] } as const,
      3,
      'accessrequest.jit.access/ask denied: not today\n',
    ],
    ['expired', { expiresAt: new Date(nowMs - 1000).toISOString() }, 4, 'accessrequest.jit.access/ask expired: no approver decided in time\n'],
    ['withdrawn', { conditions: [{ type: 'Withdrawn', status: 'True' }] } as const, 4, 'accessrequest.jit.access/ask withdrawn\n'],
  ])('ends when the request is %s', async (_, decided, code, line) => {
    const { io } = waiting(decided)
    expect(await run(io, 'ask', ...PODS, '--wait')).toBe(code)
    expect(io.printed() + io.noted()).toContain(line)
  })
  it('keeps using the name it chose when a gateway masks that name in every response', async () => {
    const stored = new Map<string, AccessRequest>()
    let gets = 0
    const answer = (_: never, path: string) => {
      const request = stored.get(path.split('/').at(-1) ?? '')
      if (request === undefined) throw new KubectlError('NotFound', path)
      return masked({ ...request, status: ++gets < 3 ? (requestOf().status ?? {}) : approvedBy('x') })
    }
    const io = fakeIO({
      ...me,
      [`GET ${BASE}`]: () => ({ items: [...stored.values()].map(masked) }),
      [`POST ${BASE}`]: (body: AccessRequest) => {
        if (stored.has(body.metadata.name)) throw new KubectlError('AlreadyExists', 'exists')
        stored.set(body.metadata.name, { ...requestOf(), ...body, spec: { ...body.spec, requester: { username: 'oidc:agent' } } })
        return masked(stored.get(body.metadata.name) as AccessRequest)
      },
      [`GET ${GRANTS}/ask`]: () => grant({ rules: [...(rulesOf([...stored.values()][0]) ?? [])], notBefore: at(-1), expiresAt: at(60) }),
      [`WATCH ${BASE}`]: (_: never, path: string) => {
        expect(new URLSearchParams(path.split('?')[1]).get('fieldSelector')).toBe(`metadata.name=${[...stored.keys()][0]}`)
        return [{ type: 'MODIFIED', object: masked(requestOf({ status: approvedBy('x') })) }]
      },
    })
    let now = nowMs
    Object.assign(io.clock, { nowMs: () => (now += 1500) })
    const get = io.kubectl.get.bind(io.kubectl)
    Object.assign(io.kubectl, { get: async (path: string) => (path.startsWith(`${BASE}/`) ? answer(undefined as never, path) : await get(path)) })
    for (const first of [true, false]) {
      expect(await run(io, ...PODS, '--wait')).toBe(0)
      expect([...stored.keys()]).toEqual([expect.stringMatching(/^get-pods-[0-9a-f]{8}$/)])
      expect(io.printed()).toContain(`accessrequest.jit.access/${[...stored.keys()][0]} ${first ? 'created' : 'found: asked before'}\n`)
      expect(io.printed() + io.noted()).not.toContain('masked')
    }
  })
  it('exits with 5 at the timeout, keeps the request, and still prints it with -o json', async () => {
    const { io, stored } = server({ [`WATCH ${BASE}`]: () => [], [`GET ${BASE}/ask`]: () => requestOf({ name: 'ask' }) })
    let now = nowMs
    Object.assign(io.clock, { nowMs: () => (now += 500) })
    expect(await run(io, 'ask', ...PODS, '--wait', '--timeout=3s', '-o', 'json')).toBe(5)
    expect(JSON.parse(io.printed())).toMatchObject({ kind: 'AccessRequest', metadata: { name: 'ask' }, status: { phase: 'Pending' } })
    expect(stored.has('ask')).toBe(true)
  })
  it.each([
    ['the watch reports it', () => [{ type: 'ERROR', object: { kind: 'Status', code: 401, reason: 'Unauthorized' } }]],
    [
      'the watch cannot start',
      () => {
        throw new KubectlError('Unauthorized', 'You must be logged in to the server')
      },
    ],
  ])('explains that the token has expired when %s', async (_, watch) => {
    const { io, stored } = server({
      [`WATCH ${BASE}`]: watch,
      [`GET ${BASE}/ask`]: () => {
        throw new KubectlError('Unauthorized', 'You must be logged in to the server')
      },
    })
    expect(await run(io, 'ask', ...PODS, '--wait', '-o', 'json')).toBe(1)
    expect(JSON.parse(io.printed())).toMatchObject({ kind: 'AccessRequest', metadata: { name: 'ask' }, status: { phase: 'Pending' } })
    expect(io.noted()).toMatch(/error: your token expired; accessrequest "ask" is still pending .*\n {2}get a new token/)
    expect(stored.has('ask')).toBe(true)
  })
})

it('a client-side dry run creates nothing and prints the request', async () => {
  const { io, stored } = server()
  expect(await run(io, ...PODS, '--dry-run=client', '-o', 'json')).toBe(0)
  expect(JSON.parse(io.printed())).toMatchObject({ kind: 'AccessRequest', spec: { rules: [{ resources: ['pods'] }] } })
  expect(stored.size).toBe(0)
})
