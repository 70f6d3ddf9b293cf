import type { PolicySubject } from '../api/access-policy.ts'
import { isAgent, type Identity } from '../identity.ts'
import { AGENT_USER, GROUP_PREFIX } from '../api/names.ts'

/**
 * Identities that the second lock never refuses, whatever policies name. Refusing them would lock out the cluster, and first of all jit-access. They
 * are kube-apiserver's own clients (`system:` names, including nodes), the ServiceAccounts of the controllers and of jit-access, and
 * `system:masters`, which RBAC cannot restrict either.
 */
const MASTERS = 'system:masters'
const SERVICE_ACCOUNT = 'system:serviceaccount:'
export const PROTECTED_NAMESPACES = ['kube-system', 'jit-system'] as const

const isProtectedName = (username: string): boolean =>
  username.startsWith(SERVICE_ACCOUNT)
    ? PROTECTED_NAMESPACES.some((namespace) => username.startsWith(`${SERVICE_ACCOUNT}${namespace}:`))
    : username.startsWith('system:')

/** Whether an identity is never governed. The gateway's agents are always governed; the gateway refuses `system:` names. */
export function isExemptIdentity(identity: Identity): boolean {
  if (isAgent(identity)) return false
  const { username, groups } = identity
  return groups.includes(MASTERS) || isProtectedName(username)
}

/** Groups that include the cluster's own identities, possibly with others. */
const isProtectedGroup = (group: string): boolean =>
  group.startsWith('system:') &&
  (!group.startsWith('system:serviceaccounts:') || PROTECTED_NAMESPACES.some((namespace) => group === `system:serviceaccounts:${namespace}`))

/** Whether a subject of a policy names such identities. It is refused when policies are written, and excluded from the match conditions. */
export function isExemptSubject(subject: PolicySubject): boolean {
  switch (subject.kind) {
    case 'User':
      return isProtectedName(subject.name)
    case 'Group':
      return isProtectedGroup(subject.name)
    case 'ServiceAccount':
      return subject.namespace === undefined || isProtectedName(`${SERVICE_ACCOUNT}${subject.namespace}:${subject.name}`)
  }
}

/**
 * {@link isAgent} as CEL. Any of the names that RBAC lets the gateway impersonate suffices, since an attacker with its stolen credential chooses
 * which of them to send. An error in a match condition refuses the request, so the expression guards every optional field.
 */
export const AGENTS_CEL =
  `request.userInfo.username == '${AGENT_USER}' || ` +
  `(has(request.userInfo.groups) && request.userInfo.groups.exists(g, g.startsWith('${GROUP_PREFIX}')))`

/** {@link isExemptIdentity} as CEL, for kube-apiserver. Evaluated only for identities that do not match {@link AGENTS_CEL}. */
export const NEVER_GOVERNED_CEL = [
  `(has(request.userInfo.groups) && '${MASTERS}' in request.userInfo.groups)`,
  `(request.userInfo.username.startsWith('system:') && !request.userInfo.username.startsWith('${SERVICE_ACCOUNT}'))`,
  ...PROTECTED_NAMESPACES.map((namespace) => `request.userInfo.username.startsWith('${SERVICE_ACCOUNT}${namespace}:')`),
].join(' || ')
