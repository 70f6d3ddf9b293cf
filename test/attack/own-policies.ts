import type { AccessPolicy, AccessPolicySpec } from '../../domain/api/access-policy.ts'
import { conditionOf } from '../../domain/api/conditions.ts'
import { baselineGroup, elevatedGroup } from '../../domain/api/names.ts'
import { mintToken, uniqueName } from '../cluster/environment.ts'
import { until } from '../until.ts'
import type { Attack, Harness } from './harness.ts'

const JIT = '/apis/jit.access/v1'
const RBAC = '/apis/rbac.authorization.k8s.io/v1'

const group = (name: string): object => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name })

/** A user that only these policies govern. */
async function agent(): Promise<{ readonly user: string; readonly as: Attack }> {
  const user = uniqueName('agent')
  return { user, as: { token: await mintToken({ user, groups: 'nobody', audience: 'jit-gateway', ttl: '600' }) } }
}

/** Makes policies, with their RBAC, for users that no other policy governs. `remove` deletes what was made. */
export function ownPolicies(harness: () => Harness) {
  const made: string[] = []
  async function make(path: string, body: { readonly metadata: { readonly name: string } }): Promise<void> {
    await harness().admin.json({ method: 'POST', path, body })
    made.push(`${path}/${body.metadata.name}`)
  }

  async function bind(name: string, role: string, subject: object): Promise<void> {
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role }
    const body = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name }, roleRef, subjects: [subject] }
    await make(`${RBAC}/clusterrolebindings`, body)
  }

  /** A policy for one user, with the RBAC of manifests/samples/policy-rbac.yaml. */
  async function policy(user: string, spec: Partial<AccessPolicySpec>): Promise<string> {
    const name = uniqueName('policy')
    const rules = [
      {
        apiGroups: ['authentication.k8s.io'],
        resources: ['groups'],
        resourceNames: [baselineGroup(name), elevatedGroup(name)],
        verbs: ['impersonate:user-info'],
      },
    ]
    await make(`${RBAC}/clusterroles`, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules } as never)
    await bind(name, name, { kind: 'ServiceAccount', name: 'jit-impersonator', namespace: 'jit-system' })
    for (const role of ['view', 'jit-agent']) await bind(`${name}-${role}`, role, group(baselineGroup(name)))
    await bind(`${name}-edit`, 'edit', group(elevatedGroup(name)))
    const subjects = [{ kind: 'User', name: `oidc:${user}` }]
    await make(`${JIT}/accesspolicies`, {
      apiVersion: 'jit.access/v1',
      kind: 'AccessPolicy',
      metadata: { name },
      spec: { subjects, ...spec },
    } as never)
    return name
  }

  /** Waits until the controller reports that policies work, and the gateway knows one of them, which governs this agent. */
  async function ready(as: Attack, ...policies: readonly string[]): Promise<void> {
    for (const name of policies)
      await until(`policy ${name} is ready`, async () => {
        const { status } = await harness().admin.json<AccessPolicy>({ method: 'GET', path: `${JIT}/accesspolicies/${name}` })
        return conditionOf(status?.conditions, 'Ready')?.status === 'True'
      })
    await until('the gateway knows the policy', async () => (await harness().send(`GET ${JIT}/accessrequests`, as)).status === 200)
  }

  const remove = async (): Promise<void> => {
    for (const path of made.splice(0).toReversed()) await harness().admin.json({ method: 'DELETE', path })
  }
  return { policy, agent, ready, remove }
}
