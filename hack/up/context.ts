import type { KubeClient } from '../../kube/client.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Environment } from '../demo/environment.ts'
import type { IdentityProvider } from '../identity-provider/start-identity-provider.ts'
import type { Cleanup } from './cleanup.ts'
import type { Kubectl } from './kubectl.ts'
import type { Layout } from './layout.ts'
import type { Say } from './progress.ts'

/** What servers need to start, whether they run as pods or as processes. */
export type UpContext = {
  readonly root: string
  readonly layout: Layout
  readonly cluster: Cluster
  readonly provider: IdentityProvider
  readonly slack: Environment['slack']
  readonly client: KubeClient
  readonly kubectl: Kubectl
  readonly cleanup: Cleanup
  readonly say: Say
  readonly signal: AbortSignal
}
