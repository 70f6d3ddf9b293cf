import { StatusError } from '../../domain/status-error.ts'

export type Target = { readonly path: string; readonly search: string; readonly query: URLSearchParams }

const MAX_PATH_LENGTH = 8192
/** A script of 60 000 characters each of which is escaped; kube-apiserver takes 1 MiB, and Linux an argument of 128 KiB. */
export const MAX_URL_LENGTH = 192 * 1024
const MAX_PARAMETERS = 2048
/** Lists by their nature: the words of a command, the ports of a forward. Any other key that comes twice could be read two ways. */
const REPEATABLE: ReadonlySet<string> = new Set(['command', 'ports'])
/** What the gateway or kube-apiserver reads on proxied paths too. The rest is of what is proxied to, which may take lists: `match[]`. */
const NEVER_REPEATED: ReadonlySet<string> = new Set(['dryRun', 'path', 'watch'])

/** What the API server proxies to: a pod's, service's or node's own paths and parameters. */
const PROXIED = /^\/api\/v1\/(?:namespaces\/[^/]+\/(?:pods|services)|nodes)\/[^/]+\/proxy(?:\/|$)/

/** Whether path and query mean something to what is proxied to, and nothing to kube-apiserver. */
export const isProxied = (path: string): boolean => PROXIED.test(path)

/** Discovery, which kube-apiserver serves with and without a slash at the end. */
const DISCOVERY = /^\/(?:version|api(?:\/[^/]+)?|apis(?:\/[^/]+){0,2})\/$/

const refuse = (message: string, code = 400): StatusError => new StatusError('BadRequest', message, { code })

const TOO_LONG = `the URL is longer than ${MAX_URL_LENGTH} characters; give a long command to exec as its standard input: kubectl exec -i POD -- sh < FILE`

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refuse(`${what}: an escape that is no UTF-8`)
  }
}

/** One segment of the path. Upstream would clean, split or cut what is refused here, and so read another request than we did. */
function segmentOf(raw: string): string {
  if (raw.includes(';')) throw refuse('path: ";" is not accepted')
  const segment = decode(raw, 'path')
  if (segment === '.' || segment === '..') throw refuse('path: dot segments are not accepted')
  if (!/^[\x20-\x7e]+$/.test(segment) || /[/\\%]/.test(segment)) throw refuse('path: an escaped or unprintable character that is not accepted')
  return segment
}

/** Letters that mean themselves, in segments that neither begin with a dot nor are empty: nearly every path, read at a glance. */
const PLAIN = /^(?:\/[A-Za-z0-9_:-][A-Za-z0-9_.:-]*)+$/

/** Without the slash at the end of a path of discovery, so that policies, RBAC and records know one form of it. */
function readPath(raw: string): string {
  if (raw === '/' || PLAIN.test(raw)) return raw
  const trailing = raw.endsWith('/')
  const segments = raw.slice(1, trailing ? -1 : undefined).split('/')
  if (segments.includes('')) throw refuse('path: empty segments are not accepted')
  const path = `/${segments.map(segmentOf).join('/')}`
  if (!trailing) return path
  if (DISCOVERY.test(`${path}/`)) return path
  // Upstream takes /api/v1/pods/ for /api/v1/pods when it authorizes and for something else when it routes. What is proxied to
  // means it, and is authorized without it.
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
 * Reads a request target in origin form. What it gives is canonical: the path has no escapes, so that ours is the only reading.
 * @throws StatusError BadRequest
 */
export function readTarget(url: string): Target {
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

/** The target for upstream, built from what was read. */
export function writeTarget({ path, query }: Pick<Target, 'path' | 'query'>): string {
  const encoded = PLAIN.test(path) ? path : path.split('/').map(encodeSegment).join('/')
  const search = query.toString()
  return `${encoded}${search === '' ? '' : `?${search}`}`
}
