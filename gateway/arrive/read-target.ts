import { StatusError } from '../../domain/status-error.ts'

export type RequestTarget = { readonly path: string; readonly search: string; readonly query: URLSearchParams }

const MAX_PATH_LENGTH = 8192
/** Fits a script of 60 000 characters that are all escaped. kube-apiserver accepts 1 MiB; Linux limits one argument to 128 KiB. */
export const MAX_URL_LENGTH = 192 * 1024
const MAX_PARAMETERS = 2048
/** Parameters that are lists: the words of a command and the ports of a port-forward. Any other repeated key is ambiguous. */
const REPEATABLE: ReadonlySet<string> = new Set(['command', 'ports'])
/** Parameters that the gateway or kube-apiserver reads on proxied paths too. The proxied server may take lists in all others, as in `match[]`. */
const NEVER_REPEATED: ReadonlySet<string> = new Set(['dryRun', 'path', 'watch'])

/** Paths that kube-apiserver proxies to a pod, service or node. */
const PROXIED = /^\/api\/v1\/(?:namespaces\/[^/]+\/(?:pods|services)|nodes)\/[^/]+\/proxy(?:\/|$)/

/** Whether kube-apiserver proxies the path. The proxied server interprets its path and query then. */
export const isProxied = (path: string): boolean => PROXIED.test(path)

/** Discovery paths, which kube-apiserver serves with and without a trailing slash. */
const DISCOVERY = /^\/(?:version|api(?:\/[^/]+)?|apis(?:\/[^/]+){0,2})\/$/

const refuse = (message: string, code = 400): StatusError => new StatusError('BadRequest', message, { code })

const TOO_LONG = `the URL is longer than ${MAX_URL_LENGTH} characters; give a long command to exec as its standard input: kubectl exec -i POD -- sh < FILE`

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refuse(`${what}: an escape that is not UTF-8`)
  }
}

/** Decodes one path segment. Refuses what upstream would clean, split or truncate, because it would then see a different request. */
function segmentOf(raw: string): string {
  if (raw.includes(';')) throw refuse('path: ";" is not accepted')
  const segment = decode(raw, 'path')
  if (segment === '.' || segment === '..') throw refuse('path: dot segments are not accepted')
  if (!/^[\x20-\x7e]+$/.test(segment) || /[/\\%]/.test(segment)) throw refuse('path: an escaped or unprintable character that is not accepted')
  return segment
}

/** Fast path for nearly all requests: no escapes, no empty segments, and no segment that begins with a dot. */
const PLAIN = /^(?:\/[A-Za-z0-9_:-][A-Za-z0-9_.:-]*)+$/

/** Returns the canonical path. Removes the trailing slash of discovery paths, so that policies, RBAC and records see one form. */
function readPath(raw: string): string {
  if (raw === '/' || PLAIN.test(raw)) return raw
  const trailing = raw.endsWith('/')
  const segments = raw.slice(1, trailing ? -1 : undefined).split('/')
  if (segments.includes('')) throw refuse('path: empty segments are not accepted')
  const path = `/${segments.map(segmentOf).join('/')}`
  if (!trailing) return path
  if (DISCOVERY.test(`${path}/`)) return path
  // Upstream authorizes /api/v1/pods/ as /api/v1/pods but routes it differently. On proxied paths the slash belongs to the proxied
  // server, and upstream authorizes without it.
  if (segments.length > 2 && !isProxied(path)) throw refuse('path: a trailing slash is not accepted')
  return `${path}/`
}

function readQuery(search: string, repeats: boolean): URLSearchParams {
  if (search === '') return new URLSearchParams()
  if (search.includes(';')) throw refuse('query: ";" is not accepted, write %3B')
  decode(search, 'query')
  const query = new URLSearchParams(search)
  const seen = new Set<string>()
  let count = 0
  for (const key of query.keys()) {
    if (++count > MAX_PARAMETERS) throw refuse(`query: more than ${MAX_PARAMETERS} parameters`)
    const repeatable = repeats ? !NEVER_REPEATED.has(key) : REPEATABLE.has(key)
    if (seen.has(key) && !repeatable) throw refuse('query: a parameter is given twice')
    seen.add(key)
  }
  return query
}

/**
 * Parses a request target in origin form. The resulting path is canonical and has no escapes, so it has only one interpretation.
 * @throws StatusError BadRequest
 */
export function readTarget(url: string): RequestTarget {
  if (url.length > MAX_URL_LENGTH) throw refuse(TOO_LONG, 414)
  if (!/^\/[\x21-\x7e]*$/.test(url) || url.includes('#') || url.includes('\\')) throw refuse('the request target is not a plain path')
  const mark = url.indexOf('?')
  const search = mark < 0 ? '' : url.slice(mark + 1)
  const raw = mark < 0 ? url : url.slice(0, mark)
  if (raw.length > MAX_PATH_LENGTH) throw refuse(`the path is longer than ${MAX_PATH_LENGTH} characters`, 414)
  const path = readPath(raw)
  return { path, search, query: readQuery(search, isProxied(path)) }
}

const encodeSegment = (segment: string): string => encodeURIComponent(segment).replaceAll('%3A', ':')

/** Builds the request target for upstream from the parsed target. */
export function writeTarget({ path, query }: Pick<RequestTarget, 'path' | 'query'>): string {
  const encoded = PLAIN.test(path) ? path : path.split('/').map(encodeSegment).join('/')
  const search = query.toString()
  return `${encoded}${search === '' ? '' : `?${search}`}`
}
