import type { Power } from '../decision.ts'
import type { RequestInfo } from '../request-info.ts'

/**
 * What a request can do, by resource and subresource. Uses tables and not prefixes: a subresource in no table is `unknown`, which is refused, and
 * other resources are classified by their verb alone. Sources: the subresources that kube-apiserver v1.37 installs, and the corpus of attacks.
 */

/** Streams to a running container or to the network behind the API server. */
const CONNECT: ReadonlySet<string> = new Set([
  'pods/exec',
  'pods/attach',
  'pods/portforward',
  'pods/proxy',
  'services/proxy',
  'pods/ephemeralcontainers',
])

/** The kubelet's own API. Each of these can run commands on a node (kubernetes#136550), so no approval can cover them. */
const NODE: ReadonlySet<string> = new Set([
  'nodes/proxy',
  'nodes/exec',
  'nodes/log',
  'nodes/metrics',
  'nodes/stats',
  'nodes/spec',
  'nodes/configz',
  'nodes/healthz',
  'nodes/pods',
])

/** Creates credentials. */
const MINT: ReadonlySet<string> = new Set([
  'serviceaccounts/token',
  'certificatesigningrequests.certificates.k8s.io',
  'certificatesigningrequests.certificates.k8s.io/approval',
  'certificatesigningrequests.certificates.k8s.io/status',
  'podcertificaterequests.certificates.k8s.io',
  'podcertificaterequests.certificates.k8s.io/status',
  'clustertrustbundles.certificates.k8s.io',
])

/** Groups in which every write changes permissions or what enforces them. */
const ESCALATE_GROUPS: ReadonlySet<string> = new Set([
  'rbac.authorization.k8s.io',
  'admissionregistration.k8s.io',
  'apiregistration.k8s.io',
  'apiextensions.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'storagemigration.k8s.io',
  'jit.access',
])
const ESCALATE: ReadonlySet<string> = new Set(['nodes', 'nodes/status', 'bindings', 'pods/binding', 'namespaces/finalize', 'componentstatuses'])

/** Virtual kinds that only answer a question about the caller, and what requests access, withdraws requests, and transfers parts of own grants. */
const ASK: ReadonlySet<string> = new Set([
  'accessrequests.jit.access',
  'accessrequests.jit.access/withdrawal',
  'accessgrants.jit.access/transfer',
  'accessreviews.jit.access',
  'whoamis.jit.access',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
])

/** Subresources that only read and write their object. */
const PLAIN_SUBRESOURCES: ReadonlySet<string> = new Set([
  '',
  'status',
  'scale',
  'log',
  'eviction',
  'resize',
  'rollback',
  'approval',
  'withdrawal',
  'transfer',
  'revocation',
  'recording',
])

/** Non-resource paths that clients read for discovery and health. A prefix ends with a slash. */
const PUBLIC_PATHS: ReadonlySet<string> = new Set([
  '/api',
  '/apis',
  '/version',
  '/version/',
  '/openapi/v2',
  '/openapi/v3',
  '/healthz',
  '/livez',
  '/readyz',
])
const PUBLIC_PREFIXES: readonly string[] = ['/openapi/v3/', '/healthz/', '/livez/', '/readyz/']
/** `/api/v1`, `/apis/GROUP`, `/apis/GROUP/VERSION`: discovery. */
const DISCOVERY = /^\/(api\/[a-z0-9]+|apis\/[a-z0-9.-]+(\/[a-z0-9]+)?)\/?$/

const READ_VERBS: ReadonlySet<string> = new Set(['get', 'list', 'watch'])
const WRITE_VERBS: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])

/** `RESOURCE[.GROUP][/SUBRESOURCE]`, the notation for resources in tables, refusals and the command line. */
export function qualified(info: Pick<RequestInfo, 'apiGroup' | 'resource' | 'subresource'>): string {
  const group = info.apiGroup === '' ? '' : `.${info.apiGroup}`
  return `${info.resource}${group}${info.subresource === '' ? '' : `/${info.subresource}`}`
}

function powerOfPath(info: RequestInfo): Power {
  if (info.verb !== 'get' && info.verb !== 'head') return 'unknown'
  const isPublic = PUBLIC_PATHS.has(info.path) || PUBLIC_PREFIXES.some((prefix) => info.path.startsWith(prefix)) || DISCOVERY.test(info.path)
  return isPublic ? 'read' : 'unknown'
}

/**
 * Whether it requests access, withdraws a request or gives up a grant: jit-apiserver lets agents delete only their own pending requests, which withdraws
 * them, and revoke only their own grants and what was transferred from them.
 */
const asks = (name: string, verb: string): boolean =>
  (ASK.has(name) && verb === 'create') ||
  (name === 'accessrequests.jit.access' && verb === 'delete') ||
  (name === 'accessgrants.jit.access/revocation' && verb === 'update')

/** The power of a resource from the tables by name alone. Undefined when the verb decides. */
function namedPower(name: string, { verb, subresource }: RequestInfo): Power | undefined {
  if (NODE.has(name)) return 'escalate'
  if (CONNECT.has(name)) return name === 'pods/ephemeralcontainers' && verb === 'get' ? 'read' : 'connect'
  if (MINT.has(name)) return READ_VERBS.has(verb) && subresource === '' ? 'read' : 'mint'
  return PLAIN_SUBRESOURCES.has(subresource) ? undefined : 'unknown'
}

export function powerOf(info: RequestInfo): Power {
  if (!info.isResourceRequest) return powerOfPath(info)
  const name = qualified(info)
  const named = namedPower(name, info)
  if (named !== undefined) return named
  if (READ_VERBS.has(info.verb)) return 'read'
  if (!WRITE_VERBS.has(info.verb)) return 'unknown'
  if (asks(name, info.verb)) return 'ask'
  return ESCALATE_GROUPS.has(info.apiGroup) || ESCALATE.has(name) ? 'escalate' : 'write'
}
