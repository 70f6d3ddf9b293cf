import type { KubeClient } from '../client.ts'

/** Namespace and name of a Lease. */
export type LeaseName = { readonly namespace: string; readonly name: string }

/** The fields of a Lease that a leader election reads and writes. Times are MicroTime: RFC 3339 with six digits after the second. */
export type LeaseSpec = {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}
export type Lease = { readonly metadata: { readonly resourceVersion?: string }; readonly spec?: LeaseSpec }

/** Timeout of one call, in milliseconds. A leader must have time for a second attempt before its deadline. */
const CALL_MS = 4_000

export const leasePath = ({ namespace, name }: LeaseName): string =>
  `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases/${encodeURIComponent(name)}`

/** @throws StatusError NotFound if the Lease is missing: it is part of the installation and is never created here */
export const readLease = (client: KubeClient, name: LeaseName): Promise<Lease> =>
  client.json<Lease>({ method: 'GET', path: leasePath(name), timeoutMs: CALL_MS })

/** Replaces the spec under the resourceVersion that was read. @throws StatusError Conflict if the Lease has changed since */
export async function writeLease(client: KubeClient, name: LeaseName, lease: Lease): Promise<void> {
  if (lease.metadata.resourceVersion === undefined) throw new Error('a Lease without resourceVersion cannot be replaced safely')
  await client.json<Lease>({ method: 'PUT', path: leasePath(name), body: lease, timeoutMs: CALL_MS })
}

/** The format that kube-apiserver requires for MicroTime. */
export const microTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, -1)}000Z`
