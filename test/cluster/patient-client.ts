import { setTimeout as sleep } from 'node:timers/promises'
import { StatusError } from '../../domain/status-error.ts'
import { createKubeClient, type KubeCall, type KubeClient } from '../../kube/client.ts'
import type { ClusterConfig } from '../../kube/cluster-config.ts'

/** Longer than the default of the servers, which a busy machine can exceed. */
const PATIENCE_MS = 60_000
const RETRY_MS = 500

/** Whether a server is unavailable, as on a busy machine whose probes time out. Nothing was done then. */
const isUnavailable = (error: unknown): boolean =>
  error instanceof StatusError && (error.reason === 'ServiceUnavailable' || error.message.endsWith('answered 503'))

/** A client for tests. It waits a minute for each response, and like kubectl it tries again while a server is unavailable. */
export function patientClient(config: ClusterConfig): KubeClient {
  const client = createKubeClient(config)
  const json = async <T>(call: KubeCall): Promise<T> => {
    for (const end = performance.now() + PATIENCE_MS; ;) {
      try {
        return await client.json<T>({ timeoutMs: PATIENCE_MS, ...call })
      } catch (error) {
        if (!isUnavailable(error) || performance.now() > end) throw error
        await sleep(RETRY_MS)
      }
    }
  }
  return { ...client, json, raw: (call) => client.raw({ timeoutMs: PATIENCE_MS, ...call }) }
}
