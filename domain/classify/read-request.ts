import type { RequestInfo } from '../request-info.ts'
import { StatusError } from '../status-error.ts'
import { nameInFieldSelector } from './field-selector.ts'

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

/** A boolean of the query as upstream converts it: only absence, `0` and `false` are no; the empty string is yes. */
function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name)
  return value !== null && value !== '0' && value.toLowerCase() !== 'false'
}

/** Upstream reads a collection with malformed numbers as a plain list and fails it later; here it is refused at once. */
function refuseMalformedNumbers(query: URLSearchParams): void {
  for (const name of ['limit', 'timeoutSeconds']) {
    const value = query.get(name)
    if (value !== null && !/^-?\d{1,18}$/.test(value)) throw new StatusError('BadRequest', `${name}: not a number`)
  }
}

/**
 * Reads a method and an already canonical URL path as kube-apiserver does.
 * @param method upper-case HTTP method
 * @param path canonical path without query, starting with `/`
 * @param query parsed query; of repeated keys the first counts, as upstream
 * @throws StatusError BadRequest where upstream fails the request or reads it otherwise than it would answer it. A label
 * selector is not parsed here: a bad one is refused by upstream's handler
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
    if (rest.length < 2) throw new StatusError('BadRequest', `the path names no resource after "${special}"`)
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
    refuseMalformedNumbers(query)
    verb = flag(query, 'watch') ? 'watch' : 'list'
    named = nameInFieldSelector(query.get('fieldSelector') ?? '')
  }
  if (named === '' && verb === 'delete') verb = 'deletecollection'

  return { isResourceRequest: true, path, verb, apiPrefix: prefix, apiGroup, apiVersion, namespace, resource, subresource, name: named, parts: rest }
}
