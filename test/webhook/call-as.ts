import { StatusError } from '../../domain/status-error.ts'
import type { KubeCall, KubeClient } from '../../kube/client.ts'

export type User = { readonly name: string; readonly groups: readonly string[]; readonly extra?: { readonly [key: string]: string } }

/** Makes a call as another user by impersonation from an admin: `200`, or code and message of the refusal. */
export async function callAs(admin: KubeClient, user: User, call: KubeCall): Promise<string> {
  const extra = Object.entries(user.extra ?? {}).map(([key, value]) => [`impersonate-extra-${encodeURIComponent(key)}`, value] as const)
  const headers = { 'impersonate-user': user.name, 'impersonate-group': [...user.groups], ...Object.fromEntries(extra), ...call.headers }
  try {
    await admin.json({ ...call, headers })
    return '200'
  } catch (error) {
    return error instanceof StatusError ? `${error.code} ${error.message}` : String(error)
  }
}

/** The misconfiguration that these tests assume. */
export const clusterAdmin = (name: string, subject: { readonly kind: 'User' | 'Group'; readonly name: string }): object => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', ...subject }],
})
