import { StatusError } from '../../domain/status-error.ts'

export type Target = { readonly path: string; readonly search: string; readonly query: URLSearchParams }

const LONGEST = 8192
const MOST_PARAMETERS = 128
/** Lists by their nature: the words of a command, the ports of a forward. Any other key that comes twice could be read two ways. */
const REPEATABLE: ReadonlySet<string> = new Set(['command', 'ports'])

const PROXIED = /\/(?:pods|services|nodes)\/[^/]+\/proxy\//

const refuse = (message: string, code = 400): StatusError => new StatusError('BadRequest', message, { code })

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

function readPath(raw: string): string {
  if (raw === '/' || PLAIN.test(raw)) return raw
  const trailing = raw.endsWith('/')
  const segments = raw.slice(1, trailing ? -1 : undefined).split('/')
  if (segments.includes('')) throw refuse('path: empty segments are not accepted')
  // Upstream takes /api/v1/pods/ for /api/v1/pods when it authorizes and for something else when it routes. What is proxied to
  // means it, and is authorized without it.
  if (trailing && segments.length > 2 && !PROXIED.test(raw)) throw refuse('path: a trailing slash is not accepted')
  return `/${segments.map(segmentOf).join('/')}${trailing ? '/' : ''}`
}

function readQuery(search: string): URLSearchParams {
  if (search === '') return new URLSearchParams()
  if (search.includes(';')) throw refuse('query: ";" is not accepted, write %3B')
  decode(search, 'query')
  const query = new URLSearchParams(search)
  const seen = new Set<string>()
  let count = 0
  for (const key of query.keys()) {
    if (++count > MOST_PARAMETERS) throw refuse('query: too many parameters')
    if (seen.has(key) && !REPEATABLE.has(key)) throw refuse('query: a parameter is given twice')
    seen.add(key)
  }
  return query
}

/**
 * Reads a request target in origin form. What it gives is canonical: the path has no escapes, so that ours is the only reading.
 * @throws StatusError BadRequest
 */
export function readTarget(url: string): Target {
  if (url.length > LONGEST) throw refuse('the URL is too long', 414)
  if (!/^\/[\x21-\x7e]*$/.test(url) || url.includes('#') || url.includes('\\')) throw refuse('the request target is not a plain path')
  const mark = url.indexOf('?')
  const search = mark < 0 ? '' : url.slice(mark + 1)
  return { path: readPath(mark < 0 ? url : url.slice(0, mark)), search, query: readQuery(search) }
}

const encodeSegment = (segment: string): string => encodeURIComponent(segment).replaceAll('%3A', ':')

/** The target for upstream, built from what was read. */
export function writeTarget({ path, query }: Pick<Target, 'path' | 'query'>): string {
  const encoded = PLAIN.test(path) ? path : path.split('/').map(encodeSegment).join('/')
  const search = query.toString()
  return `${encoded}${search === '' ? '' : `?${search}`}`
}
