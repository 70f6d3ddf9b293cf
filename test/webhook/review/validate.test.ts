import { afterEach, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessPolicy, PolicyRule } from '../../../domain/api/access-policy.ts'
import { grant, policy, NONE_SUSPENDED } from '../../domain/builders.ts'
import { away, request, serve, short, throughGateway, fixture, type Request, type Served, type Fixture } from '../admission-requests.ts'

const SCALE = 'UPDATE apps/v1 deployments/scale shop/web'
const DIGEST = 'a'.repeat(64)
const agents = (rules: readonly PolicyRule[] = [], more: object = {}): AccessPolicy => policy('agents', { rules, ...more })
const named = (name: string, spec: object = {}, status?: AccessGrant['status']): AccessGrant => ({ ...grant(spec, status), metadata: { name } })
const covering = (verb: string, resource: string, more: object = {}) => ({
  rules: [{ verbs: [verb], apiGroups: ['apps'], resources: [resource], namespaces: ['shop'], ...more }],
})

const rule = (effect: PolicyRule['effect']): PolicyRule => ({ name: 'one', match: { resources: ['configmaps'], names: ['x'] }, effect })
const rests = (name: string, more: Request = {}): Request => request(SCALE, { userInfo: throughGateway({ 'jit.access/grant': [name] }), ...more })
const once = (): Fixture => fixture([agents()], [grant({ maxUses: 1 })])

let served: Served | undefined
afterEach(() => served?.close())

async function ask(state: Fixture, of: Request): Promise<string> {
  served = await serve(state)
  return short(await served.ask(of))
}

describe('a request that bypasses the gateway', () => {
  it.each([
    ['a write that no grant covers', [], SCALE, '403 ask'],
    ['a write that a grant covers', [grant()], SCALE, 'allow'],
    ['another object', [grant()], 'UPDATE apps/v1 deployments/scale shop/api', '403 ask'],
    ['the resource by a grant to its subresource', [grant()], 'UPDATE apps/v1 deployments shop/web', '403 ask'],
    ['exec', [], 'CONNECT v1 pods/exec shop/web-1', '403 ask'],
    ['proxying to a kubelet', [], 'CONNECT v1 nodes/proxy -/n1', '403 deny'],
    ['creating a token', [], 'CREATE v1 serviceaccounts/token shop/default', '403 deny'],
    ['a ClusterRoleBinding', [], 'CREATE rbac.authorization.k8s.io/v1 clusterrolebindings -/own', '403 deny'],
    ['eviction', [], 'CREATE v1 pods/eviction shop/web-1', '403 ask'],
    ['an unknown subresource', [], 'CREATE example.com/v1 things/brew shop/t', '403 deny'],
    ['a SelfSubjectAccessReview', [], 'CREATE authorization.k8s.io/v1 selfsubjectaccessreviews', 'allow'],
    ['a collection, by a grant to delete one', [named('g', covering('delete', 'deployments'))], 'DELETE apps/v1 deployments shop/-', '403 ask'],
    ['a deletion that a grant covers', [named('g', covering('delete', 'deployments'))], 'DELETE apps/v1 deployments shop/web', 'allow'],
    ['creating an object with a grant to patch it', [named('g', covering('patch', 'deployments'))], 'CREATE apps/v1 deployments shop/web', '403 ask'],
  ])('%s', async (_, grants, line, expected) => expect(await ask(fixture([agents()], grants), request(line))).toBe(expected))

  it('an update is covered by a grant to patch or to update, since admission does not distinguish them', async () => {
    for (const verb of ['patch', 'update'])
      expect(await ask(fixture([agents()], [named('g', covering(verb, 'deployments'))]), request('UPDATE apps/v1 deployments shop/web'))).toBe(
        'allow',
      )
  })
  it('the stricter rule applies if the verb is ambiguous', async () => {
    const rules: PolicyRule[] = [
      { name: 'updates', match: { verbs: ['update'] }, effect: 'Allow' },
      { name: 'patches', match: { verbs: ['patch'] }, effect: 'Deny' },
    ]
    expect(await ask(fixture([agents(rules)]), request('UPDATE apps/v1 deployments shop/web'))).toBe('403 deny')
  })
  it('a request that a policy allows passes', async () => {
    const rules: PolicyRule[] = [{ name: 'maps', match: { resources: ['configmaps'] }, effect: 'Allow' }]
    expect(await ask(fixture([agents(rules)]), request('CREATE v1 configmaps shop/x'))).toBe('allow')
  })
  it('a rule that denies creating a name applies, and one that allows it allows no more than in the gateway, which does not see the name', async () => {
    expect(await ask(fixture([agents([rule('Allow')])]), request('CREATE v1 configmaps shop/x'))).toBe('403 ask')
    expect(await ask(fixture([agents([rule('Deny')])]), request('CREATE v1 configmaps shop/x'))).toBe('403 deny')
  })
  it('a request that requires approval is refused, even with the approved grant', async () => {
    const rules: PolicyRule[] = [{ name: 'deletes', match: { verbs: ['delete'] }, effect: 'RequireApproval' }]
    const bound = named('g', { ...covering('delete', 'deployments'), operation: { method: 'DELETE', path: '/x', digest: DIGEST } })
    expect(await ask(fixture([agents(rules)], [bound]), request('DELETE apps/v1 deployments shop/web'))).toBe('403 ask')
  })
  it('extras of the gateway are ignored without its group', async () => {
    const userInfo = { username: 'oidc:agent', groups: ['oidc:agents'], extra: { 'jit.access/grant': ['g1'], 'jit.access/hold': ['preview'] } }
    expect(await ask(fixture([agents()]), request(SCALE, { userInfo, dryRun: true }))).toBe('403 ask')
  })
  it.each<[string, object]>([
    ['without the agents’ group', { ...throughGateway({ 'jit.access/grant': ['g1'] }), groups: ['jit.access:elevated:agents'] }],
    ['without any group', { ...throughGateway({ 'jit.access/grant': ['g1'] }), groups: [] }],
    ['with two names', throughGateway({ 'jit.access/grant': ['g1'], 'jit.access/user': ['oidc:agent', 'oidc:agent'] })],
    ['under the name of an ungoverned user', throughGateway({ 'jit.access/grant': ['g1'], 'jit.access/user': ['alice'], 'jit.access/groups': [] })],
    ['under the name of a cluster component', throughGateway({ 'jit.access/user': ['system:kube-controller-manager'], 'jit.access/groups': [] })],
  ])('a client with a stolen gateway credential is refused %s', async (_, userInfo) => {
    expect(await ask(fixture([agents()], [grant()]), request(SCALE, { userInfo }))).toMatch(/^403/)
  })
  it('a grant that has not started does not apply, and the refusal says when it starts', async () => {
    served = await serve(fixture([agents()], [grant({ notBefore: '2999-01-01T00:00:00Z', expiresAt: '2999-01-01T01:00:00Z' })]))
    const answer = await served.ask(request(SCALE))
    expect(short(answer)).toBe('403 ask')
    expect(JSON.stringify(answer)).toContain('starts at 2999-01-01T00:00:00Z')
  })
  it("another user's grant does not apply", async () =>
    expect(await ask(fixture([agents()], [grant({ subject: { username: 'oidc:other' } })]), request(SCALE))).toBe('403 ask'))
})

describe('a request through the gateway', () => {
  it('uses the grant that the gateway names', async () => expect(await ask(fixture([agents()], [grant()]), rests('g1'))).toBe('allow'))
  it('uses no other grant, even if it covers the request', async () => {
    expect(await ask(fixture([agents()], [grant()]), rests('g2'))).toBe('403 ask')
    expect(await ask(fixture([agents()], [grant()]), request(SCALE, { userInfo: throughGateway() }))).toBe('403 ask')
  })
  it('is refused when the grant was revoked', async () =>
    expect(await ask(fixture([agents()], [grant({}, { conditions: [{ type: 'Revoked', status: 'True' }] })]), rests('g1'))).toBe('403 ask'))
  it('is refused when the grant does not cover the request', async () =>
    expect(await ask(fixture([agents()], [named('g1', covering('patch', 'statefulsets'))]), rests('g1'))).toBe('403 ask'))
  it('is not refused because of the use that the gateway took for it', async () => {
    const auditID = '11111111-1111-4111-8111-111111111111'
    const used = { uses: 1, recentClaims: [{ auditID, time: '2026-11-24T12:00:00Z' }], conditions: [{ type: 'Exhausted', status: 'True' as const }] }
    const state = fixture([agents()], [grant({ maxUses: 1 }, used)])
    expect(await ask(state, rests('g1'))).toBe('allow')
    expect(state.claimed).toEqual([])
    const other = throughGateway({ 'jit.access/grant': ['g1'], 'jit.access/request': ['33333333-3333-4333-8333-333333333333'] })
    expect(await ask(state, request(SCALE, { userInfo: other }))).toBe('403 ask')
  })
  it('takes its use under the audit ID that the gateway sent', async () => {
    const state = fixture([agents()], [grant({ maxUses: 1 })])
    state.uses.set('g1', 1)
    expect(await ask(state, rests('g1'))).toBe('allow')
    expect(state.claimed).toEqual(['g1 11111111-1111-4111-8111-111111111111'])
  })
  it('an operation above the threshold uses the grant that is bound to it', async () => {
    const rules: PolicyRule[] = [{ name: 'scaling', match: { subresources: ['scale'] }, effect: 'RequireApproval' }]
    const bound = grant({ operation: { method: 'PATCH', path: '/x', digest: DIGEST } })
    expect(await ask(fixture([agents(rules)], [bound]), rests('g1'))).toBe('allow')
    expect(await ask(fixture([agents(rules)], [grant()]), rests('g1'))).toBe('403 ask')
  })
  it('a PATCH that creates its object passes if that exact PATCH was approved', async () => {
    const rules: PolicyRule[] = [{ name: 'all', match: { verbs: ['patch'] }, effect: 'RequireApproval' }]
    const bound = named('g1', { ...covering('patch', 'deployments'), operation: { method: 'PATCH', path: '/x', digest: DIGEST } })
    const line = request('CREATE apps/v1 deployments shop/web', { userInfo: throughGateway({ 'jit.access/grant': ['g1'] }) })
    expect(await ask(fixture([agents(rules)], [bound]), line)).toBe('allow')
  })
  it('a PATCH that creates its object is refused if a rule denies creating it, even if that exact PATCH was approved', async () => {
    const rules: PolicyRule[] = [
      { name: 'none-new', match: { verbs: ['create'] }, effect: 'Deny' },
      { name: 'all', match: { verbs: ['patch'] }, effect: 'RequireApproval' },
    ]
    const bound = named('g1', { ...covering('patch', 'deployments'), operation: { method: 'PATCH', path: '/x', digest: DIGEST } })
    const line = request('CREATE apps/v1 deployments shop/web', { userInfo: throughGateway({ 'jit.access/grant': ['g1'] }) })
    expect(await ask(fixture([agents(rules)], [bound]), line)).toBe('403 deny')
  })
  it("the gateway's preview passes only as a dry run", async () => {
    const userInfo = throughGateway({ 'jit.access/hold': ['preview'] })
    expect(await ask(fixture([agents()]), request(SCALE, { userInfo, dryRun: true }))).toBe('preview')
    expect(await ask(fixture([agents()]), request(SCALE, { userInfo }))).toBe('403 ask')
    const denied: PolicyRule[] = [{ name: 'never', match: { subresources: ['*'] }, effect: 'Deny' }]
    expect(await ask(fixture([agents(denied)]), request(SCALE, { userInfo, dryRun: true }))).toBe('403 deny')
  })
  it('an agent whose policy was deleted is refused', async () =>
    expect(await ask(fixture([]), request(SCALE, { userInfo: throughGateway() }))).toBe('403 deny'))
})

describe('uses', () => {
  it('of a hundred concurrent requests with a grant with one use, exactly one passes', async () => {
    const state = once()
    state.uses.set('g1', 1)
    served = await serve(state)
    const { ask: one } = served
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => one(request(SCALE, { uid: `uid-${n}` }))))
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(1)
    expect(new Set(answers.filter(({ allowed }) => !allowed).map(short))).toEqual(new Set(['403 ask']))
  })
  it('a dry run takes no use', async () => {
    const state = once()
    expect(await ask(state, request(SCALE, { dryRun: true }))).toBe('allow')
    expect(state.claimed).toEqual([])
  })
  it('a request that a policy allows without a grant takes no use', async () => {
    const state = fixture([agents([{ name: 'scaling', match: { subresources: ['scale'] }, effect: 'Allow' }])], [grant({ maxUses: 1 })])
    expect(await ask(state, request(SCALE))).toBe('allow')
    expect(state.claimed).toEqual([])
  })
  it('if one grant is spent, the next one is used', async () => {
    const state = fixture([agents()], [grant({ maxUses: 1 }), named('g2', { maxUses: 1, expiresAt: '2026-11-24T13:00:00Z' })])
    state.uses.set('g2', 1)
    expect(await ask(state, request(SCALE))).toBe('allow')
    expect(state.claimed).toEqual(['g2 22222222-2222-4222-8222-222222222222'])
  })
  it('if it is unknown whether a use was taken, the request is refused with an error', async () => {
    const state = once()
    state.claimError = away
    expect(await ask(state, request(SCALE))).toBe('503 error')
  })
})

describe('the cached view', () => {
  const empty = { policies: [agents()], grants: [], suspensions: NONE_SUSPENDED }
  it('allows a request without a fresh read', async () => {
    const state = fixture([agents()], [grant()])
    expect(await ask(state, request(SCALE))).toBe('allow')
    expect(state.asked).toEqual([])
  })
  it('does not refuse a request without a fresh read', async () => {
    const state = { ...fixture([agents()], [grant()]), cached: empty }
    expect(await ask(state, request(SCALE))).toBe('allow')
    expect(state.asked).toEqual(['oidc:agent'])
  })
  it('does not pass a request as ungoverned without a fresh read', async () => {
    const state = { ...fixture([agents()]), cached: { policies: [], grants: [], suspensions: NONE_SUSPENDED } }
    expect(await ask(state, request(SCALE))).toBe('403 ask')
  })
  it('is not used if it is stale', async () => {
    const state = { ...fixture([agents()]), cached: undefined }
    expect(await ask(state, request(SCALE))).toBe('403 ask')
    expect(await ask({ ...state, fresh: away }, request(SCALE))).toBe('503 error')
  })
  it('does not deny a request while jit-apiserver is unavailable: the result is an error', async () =>
    expect(await ask({ ...fixture([agents()]), fresh: away }, request(SCALE))).toBe('503 error'))
})

describe('an ungoverned user', () => {
  it('passes with an audit annotation', async () => {
    const userInfo = { username: 'oidc:developer', groups: ['oidc:developers'] }
    expect(await ask(fixture([agents()]), request(SCALE, { userInfo }))).toBe('ungoverned')
  })
  it.each([
    ['system:masters', { username: 'admin', groups: ['system:masters'] }],
    ['a node', { username: 'system:node:n1', groups: ['system:nodes'] }],
    ['a controller', { username: 'system:serviceaccount:kube-system:namespace-controller', groups: ['system:serviceaccounts'] }],
    ['jit-access itself', { username: 'system:serviceaccount:jit-system:jit-webhook', groups: [] }],
  ])('%s passes regardless of policies, also while jit-apiserver is unavailable', async (_, userInfo) => {
    const all = policy('all', {
      subjects: [
        { kind: 'Group', name: 'system:masters' },
        { kind: 'Group', name: 'system:serviceaccounts' },
        { kind: 'Group', name: 'system:nodes' },
        { kind: 'ServiceAccount', namespace: 'jit-system', name: 'jit-webhook' },
      ],
    })
    expect(await ask({ ...fixture([all]), cached: undefined, fresh: away }, request(SCALE, { userInfo }))).toBe('ungoverned')
  })
})

describe('conditions', () => {
  const big: PolicyRule[] = [{ name: 'big', match: { subresources: ['scale'], condition: 'object.spec.replicas > 10' }, effect: 'Deny' }]
  it('can read the object', async () => {
    expect(await ask(fixture([agents(big)], [grant()]), request(SCALE, { object: { spec: { replicas: 100 } } }))).toBe('403 deny')
    expect(await ask(fixture([agents(big)], [grant()]), request(SCALE, { object: { spec: { replicas: 2 } } }))).toBe('allow')
  })
  it('that cannot be evaluated refuse the request with an error', async () =>
    expect(await ask(fixture([agents(big)], [grant()]), request(SCALE))).toBe('503 error'))
  it("that cannot be evaluated allow the gateway's dry run, since the gateway fails too, but not the write", async () => {
    const userInfo = throughGateway({ 'jit.access/hold': ['preview'] })
    expect(await ask(fixture([agents(big)], [grant()]), request(SCALE, { userInfo, dryRun: true }))).toBe('preview')
    expect(await ask(fixture([agents(big)], [grant()]), request(SCALE, { userInfo }))).toBe('503 error')
  })
})

describe('the answer', () => {
  it('contains the decision in annotations', async () => {
    served = await serve(fixture([agents()], [grant()]))
    expect(await served.ask(request(SCALE))).toEqual({
      uid: '22222222-2222-4222-8222-222222222222',
      allowed: true,
      auditAnnotations: { decision: 'allow', agent: 'oidc:agent', policy: 'agents', rule: 'default', grant: 'g1', request: 'r1' },
    })
  })
  it('shows a refused agent the command that requests access', async () => {
    served = await serve(fixture([agents()]))
    const { allowed, status, auditAnnotations } = await served.ask(request('DELETE apps/v1 deployments shop/web'))
    expect({ allowed, code: status?.code, message: status?.message, auditAnnotations }).toEqual({
      allowed: false,
      code: 403,
      message:
        '"oidc:agent" cannot delete deployments.apps "web" in namespace "shop": no live grant covers it (policy "agents", rule "default"). To ask for it:\n' +
        '  kubectl create accessrequest --verb=delete --resource=deployments.apps --namespace=shop --name=web',
      auditAnnotations: { decision: 'ask', agent: 'oidc:agent', policy: 'agents', rule: 'default' },
    })
  })
  it('shows no command if only the gateway can create the request', async () => {
    served = await serve(fixture([agents()]))
    expect((await served.ask(request('CONNECT v1 pods/exec shop/web-1'))).status?.message).toBe(
      '"oidc:agent" cannot create pods/exec "web-1" in namespace "shop": this very operation needs an approval of its own (policy "agents", rule "default"). ' +
        'Do it through the gateway, which holds it until an approver has decided',
    )
  })
  it('of a Shadow policy is a warning', async () => {
    served = await serve(fixture([agents([], { mode: 'Shadow' })]))
    expect(await served.ask(request(SCALE))).toEqual({
      uid: '22222222-2222-4222-8222-222222222222',
      allowed: true,
      auditAnnotations: { decision: 'would-ask', agent: 'oidc:agent', policy: 'agents', rule: 'default' },
      warnings: [
        'jit-access only watches: "oidc:agent" cannot patch deployments.apps/scale "web" in namespace "shop": no live grant covers it (policy "agents", rule "default"). To ask for it:',
      ],
    })
  })
})
