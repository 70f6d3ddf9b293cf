import { AGENTS_GROUP, EXTRA } from './names.ts'

/** Who asks, as authentication/v1 UserInfo has it. Groups and extras of a token issuer are not Kubernetes groups unless said so. */
export type Identity = {
  readonly username: string
  /** Empty when the authenticator gives none. */
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: { readonly [key: string]: readonly string[] }
}

/**
 * The identity that policies are matched on. Behind the gateway an agent has only `jit.access:` groups, and the groups of its
 * token travel in an extra; they count here, and only here. Trusts the extra on the strength of RBAC: nobody but the gateway
 * may impersonate `userextras/jit.access/groups`.
 */
export function withTokenGroups(identity: Identity): Identity {
  if (!identity.groups.includes(AGENTS_GROUP)) return identity
  return { ...identity, groups: [...identity.groups, ...(identity.extra[EXTRA.tokenGroups] ?? [])] }
}
