/** Names that more than one part, the RBAC that ships and the docs must agree on. */
export const GROUP = 'jit.access'
export const VERSION = 'v1'
export const API_VERSION = 'jit.access/v1'

/**
 * The one user that the gateway impersonates, whoever the agent is; `jit.access/user` says who. RBAC has no prefixes: a credential that may
 * name any agent may also name `system:kube-controller-manager` or a human, so it may name this user alone. Nothing may be bound to it.
 */
export const AGENT_USER = 'jit.access:agent'

/** What names of AccessRequests begin with that the gateway files for operations that it holds. Nobody else may choose such a name. */
export const HOLD_NAME_PREFIX = 'hold-'

/** The group that every impersonated agent is in. RBAC and admission policies bind it. */
export const AGENTS_GROUP = 'jit.access:agents'
/** What every group of ours begins with. No token's group begins so. */
export const GROUP_PREFIX = 'jit.access:'
/** Bound by RBAC to what a policy's agents may read at any time. */
export const baselineGroup = (policy: string): string => `jit.access:baseline:${policy}`
/** Bound by RBAC to the ceiling of what a grant can give; present only on a request that a live grant covers. */
export const elevatedGroup = (policy: string): string => `jit.access:elevated:${policy}`

/**
 * What the gateway calls a ServiceAccount that is an agent. Not its own name, which policies of others and the second lock would
 * take for the ServiceAccount itself; no issuer can hand the name out, since no prefix may begin so.
 */
export const serviceAccountAgent = (namespace: string, name: string): string => `jit.access:serviceaccount:${namespace}:${name}`

/**
 * Extra keys that only the gateway may set, because RBAC lets nobody else impersonate `userextras/jit.access/*`. The webhook
 * and the aggregated API server trust them on the strength of that rule alone.
 */
export const EXTRA = {
  /** The agent's user name. It counts for {@link AGENT_USER} in {@link AGENTS_GROUP} alone: domain/identity.ts. */
  user: 'jit.access/user',
  /** Issuer of the agent's token. */
  issuer: 'jit.access/issuer',
  /** Groups of the agent's token, as the issuer wrote them; they are no Kubernetes groups. */
  tokenGroups: 'jit.access/groups',
  /** Name of the AccessGrant that covers the request. */
  grant: 'jit.access/grant',
  /** Audit ID of the request: the key of claims, of our records and of the Kubernetes audit event. */
  request: 'jit.access/request',
  /** The agent's session: stable for one token subject, chosen by the gateway. */
  session: 'jit.access/session',
  /** Set to `file` or `preview` on the gateway's own calls in an agent's name, never on what an agent sent. */
  hold: 'jit.access/hold',
} as const
