import type { AccessPolicy, PolicySubject } from '../api/access-policy.ts'
import type { Identity } from '../identity.ts'
import { serviceAccountAgent, serviceAccountUser } from '../api/names.ts'

/** Matches the user name of a ServiceAccount at kube-apiserver, and the name that the gateway gives to it. */
const isServiceAccount = (username: string, namespace: string, name: string): boolean =>
  username === serviceAccountUser(namespace, name) || username === serviceAccountAgent(namespace, name)

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

/** Whether one of the subjects names the identity. */
export const isAmong = (subjects: readonly PolicySubject[], identity: Identity): boolean => subjects.some((subject) => names(subject, identity))

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
  return isForCluster(policy, cluster) && isAmong(policy.spec.subjects, identity)
}
