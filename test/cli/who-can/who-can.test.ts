import { describe, expect, it } from 'vitest'
import { KubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import { fakeIO, type Answers } from '../../fakes/io.ts'
import { RBAC } from '../doctor-objects.ts'
import { approvedBy, requestOf } from '../requests.ts'
import { runCertify } from '../run-certify.ts'

const REQUEST = '/apis/jit.access/v1/accessrequests/ask'
const rule = (verb: string, resource: string, ...names: readonly string[]) => ({
  verbs: [verb],
  apiGroups: ['jit.access'],
  resources: [resource],
  ...(names.length === 0 ? {} : { resourceNames: names }),
})
const ROLES = [
  { metadata: { name: 'reviewer' }, rules: [rule('update', 'accessrequests/approval')] },
  { metadata: { name: 'certifier' }, rules: [rule('certify', 'accesspolicies')] },
  { metadata: { name: 'certifier-of-other' }, rules: [rule('certify', 'accesspolicies', 'other')] },
]
type Bound = readonly [role: string, subject: string, namespace?: string]
const bindingOf = ([role, subject, namespace]: Bound, index: number) => ({
  metadata: { name: `b${index}`, ...(namespace === undefined ? {} : { namespace }) },
  roleRef: { kind: 'ClusterRole', name: role },
  subjects: [{ kind: subject.split(' ')[0], name: subject.split(' ')[1] }],
})

async function whoCan(bound: readonly Bound[], request = requestOf(), more: Answers = {}) {
  const bindings = bound.map(bindingOf)
  const io = fakeIO({
    [`GET ${REQUEST}`]: () => request,
    [`GET ${RBAC}/clusterroles`]: () => ({ items: ROLES }),
    [`GET ${RBAC}/roles`]: () => ({ items: [] }),
    [`GET ${RBAC}/clusterrolebindings`]: () => ({ items: bindings.filter(({ metadata }) => metadata.namespace === undefined) }),
    [`GET ${RBAC}/rolebindings`]: () => ({ items: bindings.filter(({ metadata }) => metadata.namespace !== undefined) }),
    ...more,
  })
  return { code: await runCertify(io, ['who-can', 'ask']), said: io.printed() + io.noted() }
}

describe('who-can', () => {
  it('names who holds both rights, cluster-wide or in the namespace of the request', async () => {
    const { code, said } = await whoCan([
      ['reviewer', 'Group humans'],
      ['certifier', 'Group humans', 'shop'],
      ['reviewer', 'User ann'],
      ['certifier', 'User ann'],
    ])
    expect(code).toBe(0)
    expect(said).toContain('✓ Group humans can approve, by rolebinding b1 in shop')
    expect(said).toContain('✓ User ann can approve, by clusterrolebinding b3')
    expect(said).toContain('Not visible here: members of groups')
  })
  it.each([
    [
      'a right in another namespace',
      [
        ['reviewer', 'User ann'],
        ['certifier', 'User ann', 'bank'],
      ],
      /no binding lets anybody certify under policy "coding-agents" in namespace shop/,
    ],
    [
      'a right on another policy',
      [
        ['reviewer', 'User ann'],
        ['certifier-of-other', 'User ann'],
      ],
      /no binding lets anybody certify/,
    ],
    ['the right to certify alone', [['certifier', 'User ann']], /User ann may certify, and no binding of it gives update/],
    [
      'the requester',
      [
        ['reviewer', 'User oidc:agent'],
        ['certifier', 'User oidc:agent'],
      ],
      /no binding gives anybody/,
    ],
  ] as const)('%s is not enough', async (_, bound, says) => {
    const { code, said } = await whoCan(bound)
    expect([code, said]).toEqual([8, expect.stringMatching(says)])
    expect(said).not.toContain('✓')
  })
  it('needs certify in each namespace that the request touches, and under each policy of the requester', async () => {
    const request = requestOf({
      spec: { rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop', 'bank'] }] },
      status: { policies: ['coding-agents', 'other'] },
    })
    const half: readonly Bound[] = [
      ['reviewer', 'User ann'],
      ['certifier', 'User ann', 'shop'],
      ['certifier', 'User bob'],
    ]
    const { code, said } = await whoCan(half, request)
    expect([code, said]).toEqual([
      8,
      expect.stringMatching(
        /User ann may certify, but not under policy "coding-agents" in namespace bank, nor under policy "other" in namespace bank/,
      ),
    ])
    expect((await whoCan([...half, ['certifier', 'User ann', 'bank']], request)).code).toBe(0)
  })
  it('tells apart whose approval would count for a group that is missing', async () => {
    const missing = [{ count: 1, policy: 'coding-agents', groups: ['owners'], subjects: [{ kind: 'Group' as const, name: 'owners' }] }]
    const request = requestOf({ status: { approvals: { required: 1, given: 0, message: 'x', missing } } })
    const bound: readonly Bound[] = [
      ['reviewer', 'Group humans'],
      ['certifier', 'Group humans'],
      ['reviewer', 'Group owners'],
      ['certifier', 'Group owners'],
    ]
    const { code, said } = await whoCan(bound, request)
    expect([code, said]).toEqual([0, expect.stringContaining('1 from group "owners"')])
    expect(said).toContain('✓ Group owners can approve')
    expect(said).toContain('! Group humans may approve, by clusterrolebinding b1, and is named in none of the approval groups')
  })
  it('tells who has decided already', async () => {
    const request = requestOf({ status: { ...approvedBy('ann'), conditions: [], requiredApprovals: 2 } })
    const { code, said } = await whoCan(
      [
        ['reviewer', 'User ann'],
        ['certifier', 'User ann'],
      ],
      request,
    )
    expect([code, said]).toEqual([8, expect.stringContaining('! User ann could approve, by clusterrolebinding b1, and has decided already')])
  })
  it('says that it could not be checked, and that a request is over', async () => {
    const refused = {
      [`GET ${RBAC}/roles`]: () => {
        throw new KubectlError('Forbidden', 'roles is forbidden')
      },
    }
    const unread = await whoCan([], requestOf(), refused)
    expect([unread.code, unread.said]).toEqual([
      8,
      expect.stringContaining('? could not be checked: RBAC objects cannot be read: roles is forbidden'),
    ])
    expect((await whoCan([], requestOf({ status: approvedBy('x') }))).code).toBe(4)
  })
})
