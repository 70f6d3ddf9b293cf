import { createKubeClient } from '../../../kube/client.ts'
import { clusterConfigFromKubeconfig } from '../../../kube/cluster-config.ts'
import { callProvider, findProvider } from '../../token/running-provider.ts'
import type { UpContext } from '../up-context.ts'

const LIMIT_SECONDS = 120
const POLL_MS = 100

/** Waits until kube-apiserver, which reloads its issuers by itself, accepts a token of the identity provider. @throws Error if it does not */
export async function waitForIssuer({ cluster, layout, signal }: UpContext): Promise<void> {
  const admin = await clusterConfigFromKubeconfig(cluster.adminKubeconfig)
  const token = await callProvider(findProvider(layout.root), 'mint', { user: 'approver', audience: 'kubernetes' })
  const client = createKubeClient({ ...admin, credential: { kind: 'token', token: () => Promise.resolve(token) } })
  const until = performance.now() + LIMIT_SECONDS * 1000
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  try {
    for (;;) {
      signal.throwIfAborted()
      const answer = await client.raw({ method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', body })
      await answer.body.dump()
      if (answer.status === 201) return
      if (performance.now() > until) throw new Error(`kube-apiserver does not accept tokens of the identity provider: it answers ${answer.status}`)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  } finally {
    await client.close()
  }
}
