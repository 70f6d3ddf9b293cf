import type { AccessPolicy } from '../api/access-policy.ts'
import type { Identity } from '../identity.ts'
import { namesIdentity } from '../api/subject.ts'

/** Whether a policy applies to a cluster. A policy that names clusters does not apply to a cluster without a name. */
export function isForCluster({ spec }: AccessPolicy, cluster: string | undefined): boolean {
  return spec.clusters === undefined || (cluster !== undefined && spec.clusters.includes(cluster))
}

/** Whether a policy governs an identity in a cluster. */
export function governs(policy: AccessPolicy, identity: Identity, cluster?: string): boolean {
  return isForCluster(policy, cluster) && policy.spec.subjects.some((subject) => namesIdentity(subject, identity))
}
