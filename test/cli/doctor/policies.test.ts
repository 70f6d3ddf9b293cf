import { expect, it } from 'vitest'
import { createCluster } from '../../../cli/doctor/visible-cluster.ts'
import type { Finding } from '../../../domain/doctor/finding.ts'
import { checkPolicies } from '../../../cli/doctor/policies.ts'
import { fakeIO } from '../../fakes/io.ts'
import { RBAC } from '../doctor-objects.ts'

type Said = { readonly status: string; readonly reason: string; readonly message?: string }
const condition = (type: string, said: Said): object => ({ type, observedGeneration: 1, ...said })
const READY = { status: 'True', reason: 'Ready' }
const PERMITTED = { status: 'True', reason: 'PermittedByRBAC', message: 'without a grant its agents can list pods' }
const GRANTABLE = { status: 'True', reason: 'WithinCeiling', message: 'under a grant its agents can create pods' }
const nothing = (status: string) => ({ status, reason: 'NothingPermitted', message: 'RBAC lets it do nothing\nkubectl certify policy-rbac a' })

type IO = { readonly ready?: Said; readonly permitted?: Said; readonly grantable?: Said; readonly bound?: readonly string[] }

/** The findings for one policy, without its approvers. */
async function examine({ ready = READY, permitted = PERMITTED, grantable = GRANTABLE, bound = [] }: IO): Promise<readonly Finding[]> {
  const conditions = [condition('Ready', ready), condition('Permitted', permitted), condition('Grantable', grantable)]
  const bindings = bound.map((name) => ({
    metadata: { name: 'works-there', namespace: 'shop' },
    roleRef: { kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'Group', name }],
  }))
  const lists: { readonly [path: string]: readonly object[] } = {
    '/apis/jit.access/v1/accesspolicies': [{ metadata: { name: 'a', generation: 1 }, spec: { subjects: [] }, status: { conditions } }],
    [`${RBAC}/clusterroles`]: [],
    [`${RBAC}/roles`]: [],
    [`${RBAC}/clusterrolebindings`]: [],
    [`${RBAC}/rolebindings`]: bindings,
  }
  const { kubectl } = fakeIO(Object.fromEntries(Object.entries(lists).map(([path, items]) => [`GET ${path}`, () => ({ items })])))
  return (await checkPolicies(createCluster(kubectl))).filter(({ message }) => !message.includes('certify under'))
}

it('reports what the agents of a ready policy can do', async () => {
  expect(await examine({})).toEqual([
    { verdict: 'good', message: 'policy "a" is ready' },
    { verdict: 'good', message: 'policy "a": without a grant its agents can list pods' },
    { verdict: 'good', message: 'policy "a": under a grant its agents can create pods' },
  ])
})

it('reports agents without any right in RBAC once, with the command that fixes it', async () => {
  const found = await examine({ ready: { status: 'False', reason: 'NothingPermitted' }, permitted: nothing('False') })
  expect(found[0]).toEqual({
    verdict: 'bad',
    message: 'policy "a" is not ready (NothingPermitted): RBAC lets it do nothing',
    fix: 'kubectl certify policy-rbac a',
  })
  expect(found.filter(({ verdict }) => verdict !== 'good')).toHaveLength(1)
})

it.each([
  ['is bound in a namespace', ['jit.access:baseline:a'], 'good', /works where jit\.access:baseline:a is bound: rolebinding works-there in shop/],
  ['is bound to nothing', [], 'bad', /jit\.access:baseline:a is bound to nothing/],
  ['is another that is bound', ['jit.access:elevated:a'], 'bad', /jit\.access:baseline:a is bound to nothing/],
])('when the gateway cannot decide, the RBAC objects do: the group %s', async (_, bound, verdict, says) => {
  const [found] = await examine({ ready: { status: 'Unknown', reason: 'NothingPermitted' }, permitted: nothing('Unknown'), bound })
  expect(found).toMatchObject({ verdict, message: expect.stringMatching(says) })
})

it('reports an access review that failed as unknown, whatever is bound', async () => {
  const unasked = { status: 'Unknown', reason: 'NotAsked', message: 'RBAC could not be asked' }
  const [found] = await examine({ ready: { status: 'Unknown', reason: 'NotAsked' }, permitted: unasked, bound: ['jit.access:baseline:a'] })
  expect(found).toMatchObject({ verdict: 'unknown' })
})

it('warns of a rule that RBAC does not permit', async () => {
  const grantable = {
    status: 'False',
    reason: 'BeyondCeiling',
    message: 'RBAC does not let it delete nodes\nkubectl certify policy-rbac a --resource=nodes',
  }
  expect(await examine({ grantable })).toContainEqual({
    verdict: 'warning',
    message: 'policy "a": RBAC does not let it delete nodes',
    fix: 'kubectl certify policy-rbac a --resource=nodes',
  })
})
