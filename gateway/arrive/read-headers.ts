import { StatusError } from '../../domain/status-error.ts'
import { unauthorized } from '../unauthorized.ts'
import { refuseTokenInProtocols } from './stray-token.ts'

export type ReadHeaders = {
  /** Headers by lower-case name, without Authorization. */
  readonly headers: ReadonlyMap<string, string>
  readonly token: string
}

const MAX_HEADERS = 100
/** Total length of names and values. Node's own limit is larger because it includes the URL. */
export const MAX_HEADERS_LENGTH = 48 * 1024
/** Enough for about 500 groups that are UUIDs. */
const MAX_TOKEN_LENGTH = 32 * 1024

/** Headers that must have a single value. With two of them, servers disagree about which one counts. */
const SINGLE: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'expect',
  'upgrade',
  'user-agent',
  'if-none-match',
  'sec-websocket-key',
  'sec-websocket-version',
])

const refuse = (message: string, code = 400): StatusError => new StatusError('BadRequest', message, { code })

function checkName(name: string): void {
  if (name.startsWith('impersonate-'))
    throw new StatusError('Forbidden', 'impersonation headers (kubectl --as) are not accepted by the gateway: it acts in your own name only')
  // Some servers treat an underscore as a hyphen, so Impersonate_User must not pass.
  if (!/^[a-z0-9-]+$/.test(name)) throw refuse('a header name holds a character that is not accepted')
}

function tokenOf(authorization: readonly string[]): string {
  const [value, ...more] = authorization
  if (value === undefined) throw unauthorized('a bearer token is needed')
  if (more.length > 0) throw unauthorized('more than one Authorization header')
  const match = /^bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(value)
  if (match?.[1] === undefined) throw unauthorized('the Authorization header holds no bearer token')
  if (match[1].length > MAX_TOKEN_LENGTH) throw unauthorized('the bearer token is too long')
  return match[1]
}

function* pairs(raw: readonly string[]): Generator<readonly [name: string, value: string]> {
  for (let at = 0; at + 1 < raw.length; at += 2) yield [(raw[at] as string).toLowerCase(), raw[at + 1] as string]
}

function add(headers: Map<string, string>, name: string, value: string): void {
  const before = headers.get(name)
  if (before !== undefined && SINGLE.has(name)) throw refuse(`more than one ${name} header`)
  // Forwarded unchanged. If it were dropped, upstream would parse the body differently than the gateway did.
  if (name === 'content-type' && !/^[\x20-\x7e]{0,256}$/.test(value)) throw refuse('a Content-Type that is not a media type')
  headers.set(name, before === undefined ? value : `${before}, ${value}`)
}

/**
 * Parses the raw header lines, which include the lines that Node merges or drops, such as a second Host or Authorization.
 * @param raw alternating names and values, as in `rawHeaders`
 * @throws StatusError BadRequest, Forbidden for impersonation, Unauthorized unless there is exactly one bearer token
 */
export function readHeaders(raw: readonly string[]): ReadHeaders {
  if (raw.length / 2 > MAX_HEADERS) throw refuse(`more than ${MAX_HEADERS} headers`, 431)
  if (raw.reduce((sum, part) => sum + part.length, 0) > MAX_HEADERS_LENGTH)
    throw refuse(`the headers are longer than ${MAX_HEADERS_LENGTH} bytes`, 431)
  const headers = new Map<string, string>()
  const authorization: string[] = []
  for (const [name, value] of pairs(raw)) {
    checkName(name)
    if (name === 'authorization') authorization.push(value)
    else add(headers, name, value)
  }
  if ((headers.get('host') ?? '') === '') throw refuse('a Host header is needed')
  refuseTokenInProtocols(headers.get('sec-websocket-protocol'))
  return { headers, token: tokenOf(authorization) }
}
