import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { withAgentName, type Identity } from '../../../domain/identity.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { FrontProxyConfig } from '../../../kube/authentication/front-proxy-config.ts'
import type { TokenReviewer } from '../../../kube/authentication/token-review.ts'
import { createReviewLimit } from '../../../server/review-limit.ts'

const AUTHENTICATED = 'system:authenticated'

/** Go writes header values as UTF-8, but Node reads them as Latin-1. */
const utf8 = (value: string): string => Buffer.from(value, 'latin1').toString('utf8')

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key // as upstream does for a malformed escape
  }
}

/** All raw headers. `headers` would join repeated group headers into one value. */
function* pairs(request: IncomingMessage): Generator<readonly [name: string, value: string]> {
  const { rawHeaders } = request
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) yield [(rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? '']
}

/** By connection, whose certificate stays the same: reading it takes as long as the rest of the authentication. */
const commonNames = new WeakMap<TLSSocket, { readonly name: unknown }>()

/** For several common names Node returns a list. No Kubernetes CA issues such certificates, so they are refused. */
function commonNameOf(socket: TLSSocket): unknown {
  const known = commonNames.get(socket) ?? { name: socket.getPeerCertificate().subject?.CN as unknown }
  commonNames.set(socket, known)
  return known.name
}

/** Whether the client is the front proxy: its certificate chains to the only trusted CA and has an allowed common name. */
function isFrontProxy(request: IncomingMessage, { allowedNames }: FrontProxyConfig): boolean {
  const socket = request.socket as TLSSocket
  if (!socket.authorized) return false
  const name = commonNameOf(socket)
  return typeof name === 'string' && allowedNames.has(name)
}

function namedUser(request: IncomingMessage, config: FrontProxyConfig): Identity | undefined {
  let username = ''
  let uid = ''
  const groups: string[] = []
  const extra = new Map<string, string[]>()
  for (const [name, value] of pairs(request)) {
    if (username === '' && config.usernameHeaders.includes(name)) username = utf8(value)
    else if (uid === '' && config.uidHeaders.includes(name)) uid = utf8(value)
    else if (config.groupHeaders.includes(name)) groups.push(utf8(value))
    else {
      const prefix = config.extraPrefixes.find((one) => name.startsWith(one))
      if (prefix === undefined) continue
      const key = unescapeKey(name.slice(prefix.length))
      extra.set(key, [...(extra.get(key) ?? []), utf8(value)])
    }
  }
  if (username === '') return undefined
  return {
    username,
    uid,
    groups,
    extra: Object.fromEntries(extra),
  }
}

/** Adds the group of all authenticated users, unless the front proxy reports an unauthenticated user: upstream's group.AuthenticatedGroupAdder. */
function withAuthenticatedGroup(user: Identity): Identity {
  const known = user.username === 'system:anonymous' || user.groups.some((group) => group === AUTHENTICATED || group === 'system:unauthenticated')
  return known ? user : { ...user, groups: [...user.groups, AUTHENTICATED] }
}

/** The identity as used in this server. The authorizer converts it back to the original one before it asks kube-apiserver. */
const known = (user: Identity): Identity => withAgentName(withAuthenticatedGroup(user))

/** Returns the user of a token that a client of this address sent. Undefined if the token is not valid. @throws StatusError when it is not reviewed */
export type TokenReviews = (token: string, address: string) => Promise<Identity | undefined>

/**
 * Reviews a few tokens at once. Everybody who reaches the port can send any number of them, each costs a call of kube-apiserver, and callers of the front
 * proxy need such calls too.
 */
export function createTokenReviews(reviewToken: TokenReviewer): TokenReviews {
  const limit = createReviewLimit()
  return (token, address) => limit(address, () => reviewToken(token))
}

/**
 * Authenticates the caller by front proxy (k8s.io/apiserver/pkg/authentication/request/headerrequest), otherwise by bearer token. Headers
 * that name a user are trusted only on a connection of the front proxy. Anonymous requests are refused. Does not authorize the user.
 * @throws StatusError Unauthorized, TooManyRequests, or the error of a failed token review
 */
export async function authenticate(request: IncomingMessage, config: FrontProxyConfig | undefined, reviews: TokenReviews): Promise<Identity> {
  if (config !== undefined && isFrontProxy(request, config)) {
    const user = namedUser(request, config)
    if (user !== undefined) return known(user)
  }
  const token = /^Bearer ([^\s]+)$/.exec(request.headers.authorization ?? '')?.[1]
  const user = token === undefined ? undefined : await reviews(token, request.socket.remoteAddress ?? '')
  if (user === undefined) throw new StatusError('Unauthorized', 'Unauthorized')
  return known(user)
}
