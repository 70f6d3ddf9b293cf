import { createKubeClient, type KubeClient } from '../../kube/client.ts'
import type { ClusterConfig } from '../../kube/cluster-config.ts'

/** Longer than the default of the servers, which a busy machine can exceed. */
const PATIENCE_MS = 60_000

/** A client for tests, which waits a minute for each response. */
export function patientClient(config: ClusterConfig): KubeClient {
  const client = createKubeClient(config)
  return {
    ...client,
    json: (call) => client.json({ timeoutMs: PATIENCE_MS, ...call }),
    raw: (call) => client.raw({ timeoutMs: PATIENCE_MS, ...call }),
  }
}
