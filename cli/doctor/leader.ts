import { unseen, type Cluster } from './cluster.ts'
import { bad, good, type Finding } from './finding.ts'

type Lease = { readonly spec?: { readonly holderIdentity?: string; readonly renewTime?: string } }

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/jit-system/leases/jit-controller'
const LOOK = 'kubectl -n jit-system logs deploy/jit-controller; kubectl -n jit-system get lease jit-controller -o yaml'
/** A leader renews every two seconds. The clocks of this machine and of the leader's node may differ. */
const RECENT_MS = 60_000
const EFFECT = "the webhook's match conditions do not follow the policies"

/** Checks that a controller leads. A Lease without a recent renewal means that none works, also where its pods are ready. */
export async function checkLeader(cluster: Cluster, nowMs: number): Promise<Finding> {
  const reading = await cluster.read<Lease>(LEASE)
  if (reading.is === 'unreadable') return unseen('Lease jit-controller', reading)
  if (reading.is === 'absent')
    return bad(`jit-controller: its Lease is missing, so no replica leads and ${EFFECT}`, 'kubectl apply -f manifests/install.yaml')
  const { holderIdentity = '', renewTime = '' } = reading.value.spec ?? {}
  if (holderIdentity === '') return bad(`jit-controller: no replica leads, so ${EFFECT}`, LOOK)
  return Math.abs(nowMs - Date.parse(renewTime)) <= RECENT_MS
    ? good('jit-controller: a replica leads')
    : bad(`jit-controller: the leader has not renewed its Lease since ${renewTime === '' ? 'its start' : renewTime}, so ${EFFECT}`, LOOK)
}
