import { conditionOf, type Condition } from '../../domain/api/conditions.ts'
import type { Reading } from '../../domain/explain/impact/impact-reader.ts'
import { unreadableFinding, type Cluster, type NamedObject } from './visible-cluster.ts'
import { bad, good, type Finding } from '../../domain/doctor/finding.ts'

type Pod = NamedObject & {
  readonly metadata: { readonly labels?: { readonly [name: string]: string }; readonly deletionTimestamp?: string }
  readonly status?: { readonly conditions?: readonly Condition[] }
}
type EndpointSlice = NamedObject & {
  readonly metadata: { readonly labels?: { readonly [name: string]: string } }
  readonly endpoints?: readonly { readonly addresses?: readonly string[]; readonly conditions?: { readonly ready?: boolean } }[] | null
}

type Lease = { readonly spec?: { readonly holderIdentity?: string; readonly renewTime?: string } }

const PARTS = ['jit-gateway', 'jit-apiserver', 'jit-webhook'] as const
const CONTROLLER = 'jit-controller'
const NAMESPACE = 'jit-system'
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/jit-system/leases/jit-access-controller'
const LOOK = 'kubectl -n jit-system logs deploy/jit-controller; kubectl -n jit-system get lease jit-access-controller -o yaml'
/** A leader renews every two seconds. The clocks of this machine and of the leader's node may differ. */
const RECENT_MS = 60_000
const EFFECT = "the webhook's match conditions do not follow the policies"

function checkPods(part: string, pods: readonly Pod[]): Finding {
  const own = pods.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === part && metadata.deletionTimestamp === undefined)
  const ready = own.filter(({ status }) => conditionOf(status?.conditions, 'Ready')?.status === 'True')
  const look = `kubectl -n ${NAMESPACE} describe pods -l app.kubernetes.io/name=${part}`
  if (own.length === 0) return bad(`${part}: it has no pod`, `kubectl -n ${NAMESPACE} get deployments`)
  return ready.length < own.length
    ? bad(`${part}: ${own.length - ready.length} of ${own.length} pods are not ready`, look)
    : good(`${part}: ${own.length} of ${own.length} pods are ready`)
}

/** A server that runs outside the cluster has only the endpoints of its Service. */
function checkPart(part: string, pods: readonly Pod[], slices: Reading<readonly EndpointSlice[]>): readonly Finding[] {
  if (slices.is !== 'there') return [checkPods(part, pods), unreadableFinding(`endpoints of ${part}`, slices)]
  const own = slices.value.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === part)
  const serving = own.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false)
  const served =
    serving.length > 0
      ? good(`${part}: its Service has ${serving.length} endpoint(s)`)
      : bad(`${part}: its Service has no ready endpoint`, `kubectl -n ${NAMESPACE} get pods,endpointslices`)
  const outside = serving.length > 0 && !pods.some(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === part)
  return outside ? [good(`${part}: runs outside the cluster, and its Service has ${serving.length} endpoint(s)`)] : [checkPods(part, pods), served]
}

/** Checks that a controller leads. A Lease without a recent renewal means that none works, also where its pods are ready. */
async function checkLeader(cluster: Cluster, nowMs: number): Promise<Finding> {
  const reading = await cluster.read<Lease>(LEASE)
  if (reading.is === 'unreadable') return unreadableFinding('Lease jit-access-controller', reading)
  if (reading.is === 'absent')
    return bad(`jit-controller: its Lease is missing, so no replica leads and ${EFFECT}`, 'kubectl apply -f manifests/install.yaml')
  const { holderIdentity = '', renewTime = '' } = reading.value.spec ?? {}
  if (holderIdentity === '') return bad(`jit-controller: no replica leads, so ${EFFECT}`, LOOK)
  return Math.abs(nowMs - Date.parse(renewTime)) <= RECENT_MS
    ? good('jit-controller: a replica leads')
    : bad(`jit-controller: the leader has not renewed its Lease since ${renewTime === '' ? 'its start' : renewTime}, so ${EFFECT}`, LOOK)
}

/** Nobody calls the controller, so it has no Service. One that runs outside the cluster shows in the Lease alone. */
async function checkController(cluster: Cluster, pods: readonly Pod[], nowMs: number): Promise<readonly Finding[]> {
  const leader = await checkLeader(cluster, nowMs)
  const outside = leader.verdict === 'good' && !pods.some(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === CONTROLLER)
  return outside ? [leader] : [checkPods(CONTROLLER, pods), leader]
}

/**
 * Checks that the servers run, that the Services of those that are called have endpoints, and that a controller leads. Does not check whether
 * agents can reach the gateway.
 */
export async function checkParts(cluster: Cluster, nowMs: number): Promise<readonly Finding[]> {
  const [pods, slices] = await Promise.all([
    cluster.list<Pod>(`/api/v1/namespaces/${NAMESPACE}/pods`),
    cluster.list<EndpointSlice>(`/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`),
  ])
  if (pods.is !== 'there') return [unreadableFinding(`pods of ${NAMESPACE}`, pods)]
  return [...PARTS.flatMap((part) => checkPart(part, pods.value, slices)), ...(await checkController(cluster, pods.value, nowMs))]
}
