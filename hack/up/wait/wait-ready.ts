import type { KubeClient } from '../../../kube/client.ts'
import { isDiscovered } from './discovered.ts'

type Condition = { readonly type: string; readonly status: string; readonly message?: string }
type ApiService = { readonly status?: { readonly conditions?: readonly Condition[] } }
type Workload = {
  readonly metadata: { readonly name: string; readonly generation: number }
  readonly spec: { readonly replicas: number }
  readonly status?: { readonly observedGeneration?: number; readonly availableReplicas?: number; readonly updatedReplicas?: number }
}

const POLL_MS = 200

async function problems(client: KubeClient): Promise<readonly string[]> {
  const service = await client.json<ApiService>({ method: 'GET', path: '/apis/apiregistration.k8s.io/v1/apiservices/v1.jit.access' })
  const available = service.status?.conditions?.find(({ type }) => type === 'Available')
  const read = async (resource: string): Promise<readonly Workload[]> =>
    (await client.json<{ readonly items: readonly Workload[] }>({ method: 'GET', path: `/apis/apps/v1/namespaces/jit-system/${resource}` })).items
  const workloads = [...(await read('deployments')), ...(await read('statefulsets'))]
  return [
    ...(available?.status === 'True' ? [] : [`apiservice v1.jit.access is not available: ${available?.message ?? 'no status yet'}`]),
    ...((await isDiscovered(client)) ? [] : ['discovery does not list jit.access']),
    ...workloads
      .filter(({ metadata, spec, status }) => {
        const counted = status?.observedGeneration === metadata.generation && (status.updatedReplicas ?? 0) === spec.replicas
        return !counted || (status.availableReplicas ?? 0) < spec.replicas
      })
      .map(({ metadata }) => `${metadata.name} is not ready`),
  ]
}

/**
 * Waits until the aggregated API answers, discovery lists it and every Deployment and StatefulSet of ours is ready.
 * @throws Error that says what is not ready, after `seconds`
 */
export async function waitReady(client: KubeClient, options: { readonly seconds: number; readonly signal: AbortSignal }): Promise<void> {
  const until = performance.now() + options.seconds * 1000
  for (;;) {
    options.signal.throwIfAborted()
    const left = await problems(client).catch((error: unknown) => [String(error)])
    if (left.length === 0) return
    if (performance.now() > until) throw new Error(`not ready within ${options.seconds} s: ${left.join('; ')}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
