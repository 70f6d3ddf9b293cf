import type { KubeClient } from '../../kube/client.ts'

/** Whether a namespace has its ServiceAccount, which a controller creates a moment after it, and without which no pod can be created. */
export async function canHavePods(admin: KubeClient, namespace: string): Promise<true> {
  await admin.json({ method: 'GET', path: `/api/v1/namespaces/${namespace}/serviceaccounts/default` })
  return true
}
