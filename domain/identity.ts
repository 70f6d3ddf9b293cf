import { AGENT_USER, AGENTS_GROUP, EXTRA, GROUP_PREFIX } from './api/names.ts'

/** Who asks, as authentication/v1 UserInfo has it. Groups and extras of a token issuer are not Kubernetes groups unless said so. */
export type Identity = {
  readonly username: string
  /** Empty when the authenticator gives none. */
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: { readonly [key: string]: readonly string[] }
}

/**
 * Whether an identity comes by the gateway's impersonation, or by whoever stole the credential for it. Any trace of it counts: the thief
 * chooses which of the names that RBAC allows are sent, so leaving out the agents' group must not lead past a check.
 */
export const isAgent = ({ username, groups }: Pick<Identity, 'username' | 'groups'>): boolean =>
  username === AGENT_USER || groups.some((group) => group.startsWith(GROUP_PREFIX))

/** The agent's name in the extra, if there is exactly one. */
function nameInExtra({ groups, extra }: Identity): string | undefined {
  const names = extra[EXTRA.user] ?? []
  return groups.includes(AGENTS_GROUP) && names.length === 1 && names[0] !== '' ? names[0] : undefined
}

/**
 * The identity under the agent's own name: policies, grants, requests and audit annotations know agents by it. An agent without exactly one
 * name keeps the user that all agents share; no policy governs that one, so it is refused as an agent whom nobody governs.
 */
export function withAgentName(identity: Identity): Identity {
  const name = identity.username === AGENT_USER ? nameInExtra(identity) : undefined
  return name === undefined ? identity : { ...identity, username: name }
}

/**
 * The identity as kube-apiserver authenticated it, for a SubjectAccessReview: the undoing of {@link withAgentName}. RBAC knows nobody by a
 * name in an extra, and an agent's name must not bring the rights of a user who is called the same.
 */
export function asAuthenticated(identity: Identity): Identity {
  return nameInExtra(identity) === identity.username ? { ...identity, username: AGENT_USER } : identity
}

/**
 * The identity that policies are matched on. Behind the gateway an agent has only `jit.access:` groups, and the groups of its
 * token travel in an extra; they count here, and only here. Trusts the extra on the strength of RBAC: nobody but the gateway
 * may impersonate `userextras/jit.access/groups`.
 */
export function withTokenGroups(identity: Identity): Identity {
  if (!isAgent(identity)) return identity
  return { ...identity, groups: [...identity.groups, ...(identity.extra[EXTRA.tokenGroups] ?? [])] }
}
