import type { AccessPolicy, PolicySubject } from '../access-policy.ts'
import type { Identity } from '../identity.ts'

function names(subject: PolicySubject, identity: Identity): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === identity.username
    case 'Group':
      return identity.groups.includes(subject.name)
    case 'ServiceAccount':
      return subject.namespace !== undefined && identity.username === `system:serviceaccount:${subject.namespace}:${subject.name}`
  }
}

/** Whether a policy governs an identity in a cluster. A policy that names clusters does not hold where the cluster is unknown. */
export function governs(policy: AccessPolicy, identity: Identity, cluster?: string): boolean {
  const { clusters, subjects } = policy.spec
  if (clusters !== undefined && (cluster === undefined || !clusters.includes(cluster))) return false
  return subjects.some((subject) => names(subject, identity))
}
