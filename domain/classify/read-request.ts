import type { RequestInfo } from '../request-info.ts'
import { StatusError } from '../status-error.ts'
import { nameInFieldSelector } from '../selectors/field-selector.ts'
import { readLabelSelector } from '../selectors/label-selector.ts'

const API_PREFIXES: ReadonlySet<string> = new Set(['api', 'apis'])
const GROUPLESS: ReadonlySet<string> = new Set(['api'])
const SPECIAL_VERBS: ReadonlySet<string> = new Set(['proxy', 'watch'])
/** Verbs whose trailing segments are not a subresource: upstream `specialVerbsNoSubresources`. */
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

/** A boolean query parameter, converted as upstream does: only absence, `0` and `false` are false; an empty string is true. */
function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name)
  return value !== null && value !== '0' && value.toLowerCase() !== 'false'
}

/** Upstream parses a collection request with malformed numbers as a plain list and fails it later. Here it is refused immediately. */
function refuseMalformedNumbers(query: URLSearchParams): void {
  for (const name of ['limit', 'timeoutSeconds']) {
    const value = query.get(name)
    if (value !== null && !/^-?\d{1,18}$/.test(value)) throw new StatusError('BadRequest', `${name}: not a number`)
  }
}

type Located = { readonly apiPrefix: string; readonly apiGroup: string; readonly apiVersion: string; readonly rest: readonly string[] }

/** The prefix, group and version of a path, and the remaining segments. Undefined for a non-resource path. */
function locate(path: string): Located | undefined {
  const segments = path.split('/').filter((part) => part !== '')
  const [apiPrefix = '', ...rest] = segments
  if (segments.length < 3 || !API_PREFIXES.has(apiPrefix)) return undefined
  if (GROUPLESS.has(apiPrefix)) return { apiPrefix, apiGroup: '', apiVersion: rest[0] ?? '', rest: rest.slice(1) }
  return rest.length < 3 ? undefined : { apiPrefix, apiGroup: rest[0] ?? '', apiVersion: rest[1] ?? '', rest: rest.slice(2) }
}

/** The verb, from a special first segment or from the method. Empty for an unknown method. */
function verbOf(method: string, rest: readonly string[]): { readonly verb: string; readonly rest: readonly string[] } {
  const [special = ''] = rest
  if (!SPECIAL_VERBS.has(special)) return { verb: VERB_OF_METHOD.get(method) ?? '', rest }
  if (rest.length < 2) throw new StatusError('BadRequest', `the path names no resource after "${special}"`)
  // Upstream authorizes a DELETE on such a path as a watch; an aggregated API server may handle it differently.
  if (special === 'watch' && method !== 'GET' && method !== 'HEAD') throw new StatusError('BadRequest', `a ${method} cannot watch`)
  return { verb: special, rest: rest.slice(1) }
}

/** `namespaces/NAME/…` sets the namespace. In requests for the namespace object itself the segments stay. */
function namespaceOf(rest: readonly string[]): { readonly namespace: string; readonly parts: readonly string[] } {
  const [first, namespace, third] = rest
  if (first !== 'namespaces' || namespace === undefined) return { namespace: '', parts: rest }
  return { namespace, parts: third === undefined || NAMESPACE_SUBRESOURCES.has(third) ? rest : rest.slice(2) }
}

type Named = { readonly verb: string; readonly name: string }

/** A request without a name is for a collection; a field selector may narrow it to one object. */
function collection({ verb, name }: Named, query: URLSearchParams): Named {
  if (name !== '') return { verb, name }
  if (verb === 'delete') return { verb: 'deletecollection', name }
  if (verb !== 'get') return { verb, name }
  refuseMalformedNumbers(query)
  readLabelSelector(query.get('labelSelector') ?? '')
  return { verb: flag(query, 'watch') ? 'watch' : 'list', name: nameInFieldSelector(query.get('fieldSelector') ?? '') }
}

/**
 * Interprets a method and a canonical URL path as kube-apiserver does.
 * @param method upper-case HTTP method
 * @param path canonical path without query, starting with `/`
 * @param query parsed query; the first of repeated keys counts, as upstream
 * @throws StatusError BadRequest when upstream fails the request, or authorizes it differently from how it handles it
 */
export function readRequest(method: string, path: string, query: URLSearchParams): RequestInfo {
  const located = locate(path)
  if (located === undefined) return nonResource(method, path)
  const { apiPrefix, apiGroup, apiVersion } = located
  const { verb: asked, rest } = verbOf(method, located.rest)
  const { namespace, parts } = namespaceOf(rest)
  const [resource = '', first = '', third = ''] = parts
  const subresource = VERBS_WITHOUT_SUBRESOURCE.has(asked) ? '' : third
  const { verb, name } = collection({ verb: asked, name: first }, query)
  return { isResourceRequest: true, path, verb, apiPrefix, apiGroup, apiVersion, namespace, resource, subresource, name, parts }
}
