import type { AccessPolicy, PolicySubject } from '../api/access-policy.ts'
import type { Identity } from '../identity.ts'
import { serviceAccountAgent } from '../api/names.ts'

/** Matches the user name of a ServiceAccount at kube-apiserver, and the name that the gateway gives to it. */
const isServiceAccount = (username: string, namespace: string, name: string): boolean =>
  username === `system:serviceaccount:${namespace}:${name}` || username === serviceAccountAgent(namespace, name)

function names(subject: PolicySubject, identity: Identity): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === identity.username
    case 'Group':
      return identity.groups.includes(subject.name)
    case 'ServiceAccount':
      return subject.namespace !== undefined && isServiceAccount(identity.username, subject.namespace, subject.name)
  }
}

/** Whether a policy governs an identity in a cluster. A policy that names clusters does not apply when the cluster has no name. */
export function governs(policy: AccessPolicy, identity: Identity, cluster?: string): boolean {
  const { clusters, subjects } = policy.spec
  if (clusters !== undefined && (cluster === undefined || !clusters.includes(cluster))) return false
  return subjects.some((subject) => names(subject, identity))
}
