/** A request of the fuzzed corpus: its request line, and how it is sent. */
export type Sent = { readonly method: string; readonly target: string }

/** A small seeded generator (mulberry32): the same seed gives the same corpus, so that a mismatch can be reproduced. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const METHODS = ['GET', 'GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'DELETE', 'OPTIONS'] as const
const PREFIXES = ['api', 'api', 'api', 'apis', 'apis', 'apis', 'API', 'Apis', 'version', 'healthz', 'openapi', 'logs', 'metrics'] as const
const GROUPS = ['apps', 'batch', 'rbac.authorization.k8s.io', 'jit.access', 'no.such.group', 'v1', 'watch', 'namespaces'] as const
const VERSIONS = ['v1', 'v1', 'v1', 'v1beta1', 'v2', 'watch', 'proxy', 'namespaces'] as const
const RESOURCES = [
  'pods',
  'secrets',
  'namespaces',
  'nodes',
  'services',
  'configmaps',
  'deployments',
  'events',
  'serviceaccounts',
  'Pods',
  'pod',
  'widgets',
  'watch',
  'proxy',
  'status',
  'finalize',
  'namespaces',
  'accessgrants',
] as const
const SUBRESOURCES = [
  'log',
  'exec',
  'attach',
  'portforward',
  'proxy',
  'status',
  'scale',
  'finalize',
  'token',
  'binding',
  'eviction',
  'ephemeralcontainers',
  'resize',
  'approval',
  'watch',
  'a.b',
  'namespaces',
] as const
const NAMES = [
  'web',
  'default',
  'kube-system',
  'db',
  'a.b-c',
  'x',
  'A',
  '1',
  'watch',
  'namespaces',
  'https:web:80',
  'a,b',
  'a=b',
  'ä',
  '~',
  'a+b',
  '*',
  'true',
] as const
const FIELDS = [
  'metadata.name=web',
  'metadata.name==web',
  'metadata.name!=web',
  'metadata.name=web,metadata.namespace=default',
  'metadata.name=',
  'metadata.name',
  'metadata.name=a,metadata.name=b',
  'spec.nodeName=x,metadata.name=web',
  'metadata.name=web\\,x',
  'metadata.name=we\\=b',
  'metadata.name=a/b',
  '=',
  ',',
  'metadata.name=..',
  ' metadata.name=web',
  'metadata.name= web',
  'metadata.name=we%62',
  'metadata.namespace=default',
  'metadata.name=web,',
  '\\',
] as const
const FLAGS = ['', '1', '0', 'true', 'false', 'True', 'FALSE', 'yes', 't', 'f'] as const
const NUMBERS = ['0', '1', '500', '-1', '', 'x', '1.5', '99999999999999999999'] as const

/** Creates the corpus, one request for each call. */
export function createCorpus(seed: number): () => Sent {
  const random = randomOf(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const chance = (share: number): boolean => random() < share
  const segment = (list: readonly string[]): string => {
    const word = pick(list)
    if (chance(0.02)) return [...Buffer.from(word)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
    return encodeURI(word)
  }

  const path = (): string => {
    const parts: string[] = [segment(PREFIXES)]
    if (chance(0.05)) return `/${parts[0] ?? ''}${chance(0.3) ? '/' : ''}`
    if (parts[0] !== 'api') parts.push(segment(GROUPS))
    parts.push(segment(VERSIONS))
    if (chance(0.12)) parts.push(segment(['watch', 'proxy', 'redirect']))
    if (chance(0.55)) parts.push('namespaces', segment(NAMES))
    if (chance(0.9)) parts.push(segment(RESOURCES))
    if (chance(0.6)) parts.push(segment(NAMES))
    if (chance(0.3)) parts.push(segment(SUBRESOURCES))
    if (chance(0.1)) parts.push(segment(NAMES))
    if (chance(0.03)) parts.push(segment(['', '.', '..', '%2e', '%2F', '%25', '%00', ';x']))
    return `/${parts.join('/')}${chance(0.06) ? '/' : ''}`
  }

  const query = (): string => {
    const pairs: string[] = []
    const add = (name: string, value: string): void =>
      void pairs.push(`${name}=${chance(0.9) ? encodeURIComponent(value) : value.replaceAll(/[^\w=.,-]/g, '')}`)
    if (chance(0.3)) add('fieldSelector', pick(FIELDS))
    if (chance(0.25)) add('watch', pick(FLAGS))
    if (chance(0.1)) add('limit', pick(NUMBERS))
    if (chance(0.08)) add('timeoutSeconds', pick(NUMBERS))
    if (chance(0.08)) add('labelSelector', pick(['app=web', 'app in (a,b)', '!app', 'app==', 'a b', '=']))
    if (chance(0.08)) add('resourceVersion', pick(NUMBERS))
    if (chance(0.06)) add('dryRun', pick(['All', 'all', '']))
    if (chance(0.06)) add('allowWatchBookmarks', pick(FLAGS))
    if (chance(0.05)) add('sendInitialEvents', pick(FLAGS))
    if (chance(0.04)) add('pretty', 'true')
    if (chance(0.04)) add(pick(['Watch', 'fieldselector', '_method', 'command', 'x']), pick(FLAGS))
    if (chance(0.04) && pairs.length > 0) pairs.push(pick(pairs))
    if (chance(0.02)) pairs.push(pick(['%', '&', 'a;b=c', '=', 'watch', '%zz=1']))
    return pairs.length === 0 ? (chance(0.02) ? '?' : '') : `?${pairs.join('&')}`
  }

  return () => ({ method: pick(METHODS), target: path() + query() })
}
