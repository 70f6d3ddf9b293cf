/** Names that several components, the shipped RBAC and the docs share. */
export const GROUP = 'jit.access'
export const VERSION = 'v1'
export const API_VERSION = 'jit.access/v1'
/** Paths of the collections of the API. */
export const POLICIES_PATH = `/apis/${API_VERSION}/accesspolicies`
export const REQUESTS_PATH = `/apis/${API_VERSION}/accessrequests`
export const CHANNELS_PATH = `/apis/${API_VERSION}/notificationchannels`
export const GRANTS_PATH = `/apis/${API_VERSION}/accessgrants`
export const APPROVER_KEYS_PATH = `/apis/${API_VERSION}/approverkeys`
export const BREAK_GLASS_REVIEWS_PATH = `/apis/${API_VERSION}/breakglassreviews`
export const REVIEWS_PATH = `/apis/${API_VERSION}/accessreviews`
export const SUSPENSIONS_PATH = `/apis/${API_VERSION}/accesssuspensions`
export const INBOXES_PATH = `/apis/${API_VERSION}/inboxes`
/** The path of one object of a collection, or of a subresource of it. */
export const objectPath = (collection: string, name: string, subresource?: string): string =>
  `${collection}/${encodeURIComponent(name)}${subresource === undefined ? '' : `/${subresource}`}`

/**
 * The one user that the gateway impersonates for every agent; `jit.access/user` names the agent. RBAC cannot match name prefixes: a credential that
 * may impersonate any agent name may also impersonate `system:kube-controller-manager` or a human. So it may impersonate only this user. Bind no role
 * to it.
 */
export const AGENT_USER = 'jit.access:agent'

/** Name prefix of AccessRequests that the gateway creates for held operations. Other clients may not choose such a name. */
export const HOLD_NAME_PREFIX = 'hold-'

/** Group of every impersonated agent. RBAC and admission policies bind it. */
export const AGENTS_GROUP = 'jit.access:agents'
/** Prefix of every group of jit-access. No group of a token has it. */
export const GROUP_PREFIX = 'jit.access:'
/** Bound by RBAC to the baseline: what agents of a policy may read at any time. */
export const baselineGroup = (policy: string): string => `jit.access:baseline:${policy}`
/** Bound by RBAC to the ceiling of a grant. Present only on a request that a live grant covers. */
export const elevatedGroup = (policy: string): string => `jit.access:elevated:${policy}`

/** User name of a ServiceAccount at kube-apiserver, and its groups: k8s.io/apiserver/pkg/authentication/serviceaccount/util.go. */
export const serviceAccountUser = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`
export const serviceAccountGroups = (namespace: string): readonly string[] => ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]

/**
 * User name that the gateway gives to a ServiceAccount that is an agent. Its own name would make other policies and the second lock treat it as the
 * ServiceAccount itself. No issuer can assign this name, because no issuer prefix may begin with it.
 */
export const serviceAccountAgent = (namespace: string, name: string): string => `jit.access:serviceaccount:${namespace}:${name}`

/**
 * Extra keys that only the gateway may set: RBAC lets no other client impersonate `userextras/jit.access/*`, except that the console sets `session`
 * and `via`. The webhook and the aggregated API server trust them only because of that rule. They decide nothing by `session` and `via`.
 */
export const EXTRA = {
  /** The agent's user name. Valid only for {@link AGENT_USER} in {@link AGENTS_GROUP}: see domain/identity.ts. */
  user: 'jit.access/user',
  /** Issuer of the agent's token. */
  issuer: 'jit.access/issuer',
  /** Groups of the agent's token, as the issuer wrote them. They are not Kubernetes groups. */
  tokenGroups: 'jit.access/groups',
  /** Name of the AccessGrant that covers the request. */
  grant: 'jit.access/grant',
  /** Audit ID of the request: the key of claims, of our records and of the Kubernetes audit event. */
  request: 'jit.access/request',
  /** The agent's session: stable for one token subject, chosen by the gateway. Or the session of a person at the console. */
  session: 'jit.access/session',
  /** Set to `file` or `preview` on the gateway's own calls on behalf of an agent, never on requests that an agent sent. */
  hold: 'jit.access/hold',
} as const

/** Extra of the calls that the console makes for a person who signed in. Not one of {@link EXTRA}, which the gateway may impersonate. */
export const VIA_EXTRA = 'jit.access/via'
