import { AGENT_USER, AGENTS_GROUP, EXTRA, GROUP_PREFIX } from './api/names.ts'

/** The identity of a caller, as in authentication/v1 UserInfo. Groups and extras of a token issuer are not Kubernetes groups unless stated. */
export type Identity = {
  readonly username: string
  /** Empty when the authenticator sets none. */
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: { readonly [key: string]: readonly string[] }
}

/**
 * Whether an identity was impersonated by the gateway, or by an attacker with the stolen gateway credential. Any sign of impersonation counts: the
 * attacker chooses which of the names that RBAC allows are sent, so omitting the agents' group must not bypass a check.
 */
export const isAgent = ({ username, groups }: Pick<Identity, 'username' | 'groups'>): boolean =>
  username === AGENT_USER || groups.some((group) => group.startsWith(GROUP_PREFIX))

/** The agent's name in the extra, if the extra has exactly one. */
function nameInExtra({ groups, extra }: Identity): string | undefined {
  const names = extra[EXTRA.user] ?? []
  return groups.includes(AGENTS_GROUP) && names.length === 1 && names[0] !== '' ? names[0] : undefined
}

/**
 * The identity under the agent's own name, by which policies, grants, requests and audit annotations identify agents. An agent without exactly one
 * name keeps the user that all agents share. No policy governs that user, so the agent is refused as ungoverned.
 */
export function withAgentName(identity: Identity): Identity {
  const name = identity.username === AGENT_USER ? nameInExtra(identity) : undefined
  return name === undefined ? identity : { ...identity, username: name }
}

/**
 * The identity as kube-apiserver authenticated it, for a SubjectAccessReview. Reverses {@link withAgentName}. RBAC does not use names in extras, and
 * an agent's name must not obtain the permissions of a user with the same name.
 */
export function asAuthenticated(identity: Identity): Identity {
  return nameInExtra(identity) === identity.username ? { ...identity, username: AGENT_USER } : identity
}

/**
 * The identity that policies match. Behind the gateway an agent has only `jit.access:` groups, and an extra carries the groups of its token; they
 * count only here. Trusts the extra because RBAC lets only the gateway impersonate `userextras/jit.access/groups`.
 */
export function withTokenGroups(identity: Identity): Identity {
  if (!isAgent(identity)) return identity
  return { ...identity, groups: [...identity.groups, ...(identity.extra[EXTRA.tokenGroups] ?? [])] }
}

/** A ServiceAccount has one name at kube-apiserver and another as an agent of the gateway: docs/decisions/0012. */
const ACCOUNT = /^(?:system|jit[.]access):serviceaccount:(.+)$/

/** The canonical name of a user: both names of a ServiceAccount have the same. */
export function accountOf(username: string): string {
  const [, account] = ACCOUNT.exec(username) ?? []
  return account === undefined ? username : `system:serviceaccount:${account}`
}

const nameOf = (username: string): string => accountOf(username.toLowerCase())

/**
 * Whether two users are the same: by name, ignoring case, by UID, or by either name of a ServiceAccount. Does not detect a second account
 * of the same person.
 */
export function sameUser(
  left: { readonly username: string; readonly uid?: string },
  right: { readonly username: string; readonly uid?: string },
): boolean {
  if (nameOf(left.username) === nameOf(right.username)) return true
  return left.uid !== undefined && left.uid !== '' && left.uid === right.uid
}
