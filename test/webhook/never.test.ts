import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KubeCall } from '../../kube/client.ts'
import { callAs, clusterAdmin, type User } from './call-as.ts'
import { until } from '../until.ts'
import { startClusterFixture, type ClusterFixture } from './cluster-fixture.ts'

/** Only the admission policy, on a real kube-apiserver, without other checks. */
let fixture: ClusterFixture
const BOOT_MS = 1_800_000 // the first run builds the cluster
const RBAC = '/apis/rbac.authorization.k8s.io/v1/clusterroles'
const CONFIGURATION = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/jit-access'
const WATCHED: User = { name: 'oidc:watched', groups: [] }

const as = (user: User, call: KubeCall): Promise<string> => callAs(fixture.admin, user, call)
const merge = { contentType: 'application/merge-patch+json' } as const
const dryRun = { query: { dryRun: 'All' } }
const role = (more: object) => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'own' }, ...more })

describe('the policy jit-access-never', () => {
  // The webhook never denies because of a Shadow policy, so only the admission policy can deny here.
  beforeAll(async () => {
    fixture = await startClusterFixture(process.env)
    await fixture.apply(clusterAdmin('watched', { kind: 'User', name: WATCHED.name }), {
      apiVersion: 'jit.access/v1',
      kind: 'AccessPolicy',
      metadata: { name: 'watched' },
      spec: { mode: 'Shadow', subjects: [{ kind: 'User', name: WATCHED.name }] },
    })
    await until('it holds for the watched', async () =>
      (await as(WATCHED, { method: 'DELETE', path: CONFIGURATION, ...dryRun })).includes('never lets an agent'),
    )
  }, BOOT_MS)
  afterAll(() => fixture?.stop())
  it.each<[string, KubeCall]>([
    [
      'create a role that aggregates the rules of cluster-admin',
      {
        method: 'POST',
        path: RBAC,
        body: role({ aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } }] } }),
        ...dryRun,
      },
    ],
    [
      'add an aggregation rule to a role',
      {
        method: 'PATCH',
        path: `${RBAC}/view`,
        body: { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } }] } },
        ...merge,
        ...dryRun,
      },
    ],
    [
      'delete the ConfigMap extension-apiserver-authentication by its collection',
      {
        method: 'DELETE',
        path: '/api/v1/namespaces/kube-system/configmaps',
        query: { dryRun: 'All', fieldSelector: 'metadata.name=extension-apiserver-authentication' },
      },
    ],
    [
      'create the ConfigMap that makes users of a cloud members of system:masters',
      {
        method: 'POST',
        path: '/api/v1/namespaces/kube-system/configmaps',
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'aws-auth' }, data: { mapUsers: '[]' } },
        ...dryRun,
      },
    ],
  ])('denies a subject of a Shadow policy to %s', async (_, call) =>
    expect(await as(WATCHED, call)).toMatch(/^403 .*jit-access never lets an agent/s),
  )
  it.each<[string, object]>([
    ['make tokens by a wildcard for subresources', { verbs: ['create'], apiGroups: [''], resources: ['*/token'] }],
    ['reach kubelets by a wildcard for subresources', { verbs: ['get'], apiGroups: [''], resources: ['*/proxy'] }],
    ['impersonate ServiceAccounts by a wildcard for verbs', { verbs: ['*'], apiGroups: [''], resources: ['pods', 'serviceaccounts'] }],
  ])('denies it to create a role that may %s', async (_, rule) =>
    expect(await as(WATCHED, { method: 'POST', path: RBAC, body: role({ rules: [rule] }), ...dryRun })).toMatch(
      /^403 .*jit-access never lets an agent make a role that can impersonate/s,
    ),
  )
  it.each<[string, object]>([
    ['scale everything', { verbs: ['update'], apiGroups: ['apps'], resources: ['*/scale'] }],
    ['manage ServiceAccounts', { verbs: ['get', 'create', 'delete'], apiGroups: [''], resources: ['serviceaccounts'] }],
  ])('allows it to create a role that may %s', async (_, rule) =>
    expect(await as(WATCHED, { method: 'POST', path: RBAC, body: role({ rules: [rule] }), ...dryRun })).toBe('200'),
  )
  it('allows it to create an ordinary role', async () =>
    expect(
      await as(WATCHED, {
        method: 'POST',
        path: RBAC,
        body: role({ rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] }),
        ...dryRun,
      }),
    ).toBe('200'))
})
