import type { PolicySubject } from './api/access-policy.ts'
import { serviceAccountAgent, serviceAccountUser } from './api/names.ts'

/** Matches the user name of a ServiceAccount at kube-apiserver, and the name that the gateway gives to it. */
const isServiceAccount = (username: string, namespace: string, name: string): boolean =>
  username === serviceAccountUser(namespace, name) || username === serviceAccountAgent(namespace, name)

/** Whether a subject names an identity, as RBAC compares them: exactly. */
export function namesIdentity(
  subject: PolicySubject,
  { username, groups = [] }: { readonly username: string; readonly groups?: readonly string[] },
): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === username
    case 'Group':
      return groups.includes(subject.name)
    case 'ServiceAccount':
      return subject.namespace !== undefined && isServiceAccount(username, subject.namespace, subject.name)
  }
}

/** The user name of a subject at kube-apiserver; undefined for a group. */
export function usernameOf({ kind, name, namespace }: PolicySubject): string | undefined {
  if (kind === 'Group') return undefined
  return kind === 'User' ? name : serviceAccountUser(namespace ?? '', name)
}
