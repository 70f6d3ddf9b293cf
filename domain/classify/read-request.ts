import type { RequestInfo } from '../request-info.ts'

const API_PREFIXES: ReadonlySet<string> = new Set(['api', 'apis'])
const GROUPLESS: ReadonlySet<string> = new Set(['api'])
const SPECIAL_VERBS: ReadonlySet<string> = new Set(['proxy', 'watch'])
/** Verbs whose last segments are not a subresource: upstream `specialVerbsNoSubresources`. */
const VERBS_WITHOUT_SUBRESOURCE: ReadonlySet<string> = new Set(['proxy'])
/** Subresources of `namespaces` itself: upstream `namespaceSubresources`. */
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize'])

const VERB_OF_METHOD: ReadonlyMap<string, string> = new Map([
  ['POST', 'create'],
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
])

function nonResource(method: string, path: string): RequestInfo {
  return {
    isResourceRequest: false,
    path,
    verb: method.toLowerCase(),
    apiPrefix: '',
    apiGroup: '',
    apiVersion: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    parts: [],
  }
}

/** The object that a field selector narrows a collection to: `metadata.name=x`, alone or beside other terms. */
function nameInFieldSelector(selector: string): string {
  for (const term of selector.split(',')) {
    const match = /^metadata\.name==?([^=!].*)$/.exec(term.trim())
    if (match?.[1] !== undefined) return match[1]
  }
  return ''
}

/** Go's strconv.ParseBool reading of `watch`, with upstream's rule that an unreadable value counts as true. */
function isWatch(values: readonly string[]): boolean {
  const value = values[0]
  if (value === undefined) return false
  return !['', '0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)
}

/**
 * Reads a method and an already canonical URL path as kube-apiserver does.
 * @param method upper-case HTTP method
 * @param path canonical path without query, starting with `/`
 * @param query parsed query; repeated keys keep their order, the first counts
 */
export function readRequest(method: string, path: string, query: URLSearchParams): RequestInfo {
  const segments = path.split('/').filter((part) => part !== '')
  if (segments.length < 3) return nonResource(method, path)
  const prefix = segments[0] ?? ''
  if (!API_PREFIXES.has(prefix)) return nonResource(method, path)
  let rest = segments.slice(1)
  let apiGroup = ''
  if (!GROUPLESS.has(prefix)) {
    if (rest.length < 3) return nonResource(method, path)
    apiGroup = rest[0] ?? ''
    rest = rest.slice(1)
  }
  const apiVersion = rest[0] ?? ''
  rest = rest.slice(1)

  let verb: string
  const special = rest[0] ?? ''
  if (SPECIAL_VERBS.has(special)) {
    if (rest.length < 2) return nonResource(method, path)
    verb = special
    rest = rest.slice(1)
  } else {
    verb = VERB_OF_METHOD.get(method) ?? ''
  }

  let namespace = ''
  if (rest[0] === 'namespaces') {
    if (rest.length > 1) {
      namespace = rest[1] ?? ''
      const third = rest[2]
      if (third !== undefined && !NAMESPACE_SUBRESOURCES.has(third)) rest = rest.slice(2)
    }
  }

  const [resource = '', name = '', third = ''] = rest
  const subresource = rest.length >= 3 && !VERBS_WITHOUT_SUBRESOURCE.has(verb) ? third : ''
  let named = rest.length >= 2 ? name : ''

  if (named === '' && verb === 'get') {
    verb = isWatch(query.getAll('watch')) ? 'watch' : 'list'
    const selected = nameInFieldSelector(query.get('fieldSelector') ?? '')
    if (/^[^/%]+$/.test(selected) && selected !== '.' && selected !== '..') named = selected
  }
  if (named === '' && verb === 'delete') verb = 'deletecollection'

  return { isResourceRequest: true, path, verb, apiPrefix: prefix, apiGroup, apiVersion, namespace, resource, subresource, name: named, parts: rest }
}
