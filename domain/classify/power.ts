import type { Power } from '../decision.ts'
import type { RequestInfo } from '../request-info.ts'

/**
 * What a request can do, by resource and subresource. Tables, not prefixes: what is in none of them is `unknown` or judged by
 * its verb alone, and unknown is refused. Sources: kube-apiserver's installed subresources of v1.37 and the corpus of attacks.
 */

/** Streams into a running container or the network behind the API server. */
const CONNECT: ReadonlySet<string> = new Set([
  'pods/exec',
  'pods/attach',
  'pods/portforward',
  'pods/proxy',
  'services/proxy',
  'pods/ephemeralcontainers',
])

/** The kubelet's own API: every one of them runs commands on a node (kubernetes#136550). No approval can cover that. */
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

/** Makes credentials. */
const MINT: ReadonlySet<string> = new Set([
  'serviceaccounts/token',
  'certificatesigningrequests.certificates.k8s.io',
  'certificatesigningrequests.certificates.k8s.io/approval',
  'certificatesigningrequests.certificates.k8s.io/status',
  'podcertificaterequests.certificates.k8s.io',
  'podcertificaterequests.certificates.k8s.io/status',
  'clustertrustbundles.certificates.k8s.io',
])

/** Groups whose every write changes who may do what, or what checks it. */
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

/** Virtual kinds that only answer a question about the caller, and the ways to ask for access. */
const ASK: ReadonlySet<string> = new Set([
  'accessrequests.jit.access',
  'accessreviews.jit.access',
  'whoamis.jit.access',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
])

/** Subresources that are plain reads and writes of their object. */
const PLAIN_SUBRESOURCES: ReadonlySet<string> = new Set([
  '',
  'status',
  'scale',
  'log',
  'eviction',
  'resize',
  'rollback',
  'approval',
  'revocation',
  'recording',
])

/** Paths outside resources that clients read to find their way. A prefix ends in a slash. */
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

/** `RESOURCE[.GROUP][/SUBRESOURCE]`: how tables, refusals and the command line name a resource. */
export function qualified(info: Pick<RequestInfo, 'apiGroup' | 'resource' | 'subresource'>): string {
  const group = info.apiGroup === '' ? '' : `.${info.apiGroup}`
  return `${info.resource}${group}${info.subresource === '' ? '' : `/${info.subresource}`}`
}

function powerOfPath(info: RequestInfo): Power {
  if (info.verb !== 'get' && info.verb !== 'head') return 'unknown'
  const isPublic = PUBLIC_PATHS.has(info.path) || PUBLIC_PREFIXES.some((prefix) => info.path.startsWith(prefix)) || DISCOVERY.test(info.path)
  return isPublic ? 'read' : 'unknown'
}

/** What the tables say of a resource by its name alone; undefined where the verb decides. */
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
  if (ASK.has(name) && info.verb === 'create') return 'ask'
  return ESCALATE_GROUPS.has(info.apiGroup) || ESCALATE.has(name) ? 'escalate' : 'write'
}
