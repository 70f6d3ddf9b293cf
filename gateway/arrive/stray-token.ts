import { StatusError } from '../../domain/status-error.ts'
import type { AskFirst } from '../steps.ts'
import { contains } from './contains.ts'
import { isProxied, type RequestTarget } from './read-target.ts'

/** Parameter names for tokens, in lower case without separators: RFC 6750 and common variants. Refused on all paths. */
const TOKEN_NAMES: ReadonlySet<string> = new Set([
  'accesstoken',
  'idtoken',
  'refreshtoken',
  'authtoken',
  'bearertoken',
  'bearer',
  'authorization',
  'authentication',
])
/** Names that may mean something else to a proxied server. Kubernetes has no parameters with these names. */
const OTHER_NAMES: ReadonlySet<string> = new Set(['token', 'jwt'])
/** k8s.io/apiserver/pkg/authentication/request/websocket. */
const BEARER_PROTOCOL = 'base64url.bearer.authorization.k8s.io.'
/** Client headers that are forwarded to kube-apiserver. */
const FORWARDED = ['user-agent', 'content-type', 'if-none-match', 'if-modified-since'] as const
/** A shorter text is not a token, and could occur anywhere by chance. */
const MIN_TOKEN_LENGTH = 16

const REMEDY = 'it would get into logs on its way; send it in the Authorization header alone, and get a new one if this one was real'

const refuse = (where: string): StatusError => new StatusError('BadRequest', `a token in ${where} is not accepted: ${REMEDY}`)

/** @throws StatusError BadRequest for a parameter with the name of a token */
export function refuseTokenInQuery({ path, query }: RequestTarget): void {
  for (const key of query.keys()) {
    const name = key.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
    if (TOKEN_NAMES.has(name) || (OTHER_NAMES.has(name) && !isProxied(path))) throw refuse('the query')
  }
}

/** @throws StatusError BadRequest for a token in the WebSocket subprotocols, which kube-apiserver would authenticate as a second identity */
export function refuseTokenInProtocols(protocols: string | undefined): void {
  if (protocols?.split(',').some((protocol) => protocol.trim().toLowerCase().startsWith(BEARER_PROTOCOL)) === true)
    throw refuse('Sec-WebSocket-Protocol')
}

/** @throws StatusError BadRequest when the bearer token also occurs in the URL or in a forwarded header, under any name */
export function refuseTokenTwice(target: RequestTarget, headers: ReadonlyMap<string, string>, token: string): void {
  if (token.length < MIN_TOKEN_LENGTH) return
  const holds = (text: string): boolean => contains(text, token)
  if (holds(target.path) || holds(target.search) || [...target.query].some(([key, value]) => holds(key) || holds(value))) throw refuse('the URL')
  for (const name of FORWARDED) if (holds(headers.get(name) ?? '')) throw refuse(`the ${name} header`)
}

/** @throws StatusError BadRequest when the words of an operation that is asked for hold the bearer token */
export function refuseTokenInWords(words: AskFirst, token: string): void {
  if (token.length >= MIN_TOKEN_LENGTH && contains(JSON.stringify(words), token)) throw refuse('the URL')
}
