import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KubeCall } from '../../kube/client.ts'
import { callAs, clusterAdmin, type User } from './call-as.ts'
import { startClusterWorld, until, type ClusterWorld } from './cluster-world.ts'

/** The admission policy alone, on a real kube-apiserver: what it lets pass, nothing else stops. */
let world: ClusterWorld
const BOOT_MS = 1_800_000 // a cold run builds the cluster first
const RBAC = '/apis/rbac.authorization.k8s.io/v1/clusterroles'
const CONFIGURATION = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/jit-access'
const WATCHED: User = { name: 'oidc:watched', groups: [] }

const as = (user: User, call: KubeCall): Promise<string> => callAs(world.admin, user, call)
const merge = { contentType: 'application/merge-patch+json' } as const
const dryRun = { query: { dryRun: 'All' } }
const role = (more: object) => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'own' }, ...more })

describe('what can never be granted', () => {
  // Of a policy that only watches the webhook refuses nothing.
  beforeAll(async () => {
    world = await startClusterWorld(process.env)
    await world.apply(clusterAdmin('watched', { kind: 'User', name: WATCHED.name }), {
      apiVersion: 'jit.access/v1',
      kind: 'AccessPolicy',
      metadata: { name: 'watched' },
      spec: { mode: 'Shadow', subjects: [{ kind: 'User', name: WATCHED.name }] },
    })
    await until('it holds for the watched', async () => (await as(WATCHED, { method: 'DELETE', path: CONFIGURATION, ...dryRun })).startsWith('403'))
  }, BOOT_MS)
  afterAll(() => world?.stop(), 60_000)
  it.each<[string, KubeCall]>([
    [
      'make a role of the rules of cluster-admin',
      {
        method: 'POST',
        path: RBAC,
        body: role({ aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } }] } }),
        ...dryRun,
      },
    ],
    [
      'let a role be put together from others',
      {
        method: 'PATCH',
        path: `${RBAC}/view`,
        body: { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } }] } },
        ...merge,
        ...dryRun,
      },
    ],
    [
      'delete whom aggregated API servers believe, by its collection',
      {
        method: 'DELETE',
        path: '/api/v1/namespaces/kube-system/configmaps',
        query: { dryRun: 'All', fieldSelector: 'metadata.name=extension-apiserver-authentication' },
      },
    ],
  ])('is not done by whom a policy names and only watches: to %s', async (_, call) =>
    expect(await as(WATCHED, call)).toMatch(/^403 .*jit-access never lets an agent/s),
  )
  it('leaves roles of their own to them', async () =>
    expect(
      await as(WATCHED, {
        method: 'POST',
        path: RBAC,
        body: role({ rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] }),
        ...dryRun,
      }),
    ).toBe('200'))
})
