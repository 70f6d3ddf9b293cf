import type { AccessPolicy, PolicySubject } from '../api/access-policy.ts'
import type { Identity } from '../identity.ts'
import { serviceAccountUser } from '../api/names.ts'
import { namesIdentity } from '../subject.ts'

/** The user name of a subject at kube-apiserver; undefined for a group. */
export function usernameOf({ kind, name, namespace }: PolicySubject): string | undefined {
  if (kind === 'Group') return undefined
  return kind === 'User' ? name : serviceAccountUser(namespace ?? '', name)
}

/** Whether a policy applies to a cluster. A policy that names clusters does not apply to a cluster without a name. */
export function isForCluster({ spec }: AccessPolicy, cluster: string | undefined): boolean {
  return spec.clusters === undefined || (cluster !== undefined && spec.clusters.includes(cluster))
}

/** Whether a policy governs an identity in a cluster. */
export function governs(policy: AccessPolicy, identity: Identity, cluster?: string): boolean {
  return isForCluster(policy, cluster) && policy.spec.subjects.some((subject) => namesIdentity(subject, identity))
}
