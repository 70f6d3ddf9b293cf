import type { PolicySubject } from '../api/access-policy.ts'
import { isAgent, type Identity } from '../identity.ts'
import { AGENT_USER, GROUP_PREFIX } from '../api/names.ts'

/**
 * Whom the second lock never refuses, whatever a policy names: with them it would lock the cluster out, itself first. They are
 * kube-apiserver's own clients (`system:` names, nodes among them), the ServiceAccounts of the controllers and of jit-access,
 * and `system:masters`, which RBAC cannot bind either.
 */
const MASTERS = 'system:masters'
const SERVICE_ACCOUNT = 'system:serviceaccount:'
export const PROTECTED_NAMESPACES = ['kube-system', 'jit-system'] as const

const isProtectedName = (username: string): boolean =>
  username.startsWith(SERVICE_ACCOUNT)
    ? PROTECTED_NAMESPACES.some((namespace) => username.startsWith(`${SERVICE_ACCOUNT}${namespace}:`))
    : username.startsWith('system:')

/** Whether an identity is never governed. The gateway's agents always are; it lets no `system:` name through. */
export function neverGoverned(identity: Identity): boolean {
  if (isAgent(identity)) return false
  const { username, groups } = identity
  return groups.includes(MASTERS) || isProtectedName(username)
}

/** Groups that hold the cluster's own identities beside others, or everybody. */
const isProtectedGroup = (group: string): boolean =>
  group.startsWith('system:') &&
  (!group.startsWith('system:serviceaccounts:') || PROTECTED_NAMESPACES.some((namespace) => group === `system:serviceaccounts:${namespace}`))

/** Whether a subject of a policy names such identities: it is refused where policies are written, and left out of the match conditions. */
export function isLeftOut(subject: PolicySubject): boolean {
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
 * The gateway's agents, as CEL: {@link isAgent}. Any of the names that RBAC lets the gateway impersonate suffices, since whoever
 * stole its credential chooses which of them to send. An error in a condition refuses the request, so nothing is read that may be missing.
 */
export const AGENTS_CEL =
  `request.userInfo.username == '${AGENT_USER}' || ` +
  `(has(request.userInfo.groups) && request.userInfo.groups.exists(g, g.startsWith('${GROUP_PREFIX}')))`

/** {@link neverGoverned} as CEL, for the kube-apiserver. The gateway's agents are let in before this is asked. */
export const NEVER_GOVERNED_CEL = [
  `(has(request.userInfo.groups) && '${MASTERS}' in request.userInfo.groups)`,
  `(request.userInfo.username.startsWith('system:') && !request.userInfo.username.startsWith('${SERVICE_ACCOUNT}'))`,
  ...PROTECTED_NAMESPACES.map((namespace) => `request.userInfo.username.startsWith('${SERVICE_ACCOUNT}${namespace}:')`),
].join(' || ')
