import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { withAgentName, type Identity } from '../../../domain/identity.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { FrontProxyConfig } from '../../../kube/authentication/front-proxy-config.ts'
import type { TokenReviewer } from '../../../kube/authentication/token-review.ts'

const AUTHENTICATED = 'system:authenticated'

/** Go writes header values as UTF-8; Node reads them as Latin-1. */
const utf8 = (value: string): string => Buffer.from(value, 'latin1').toString('utf8')

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key // as upstream: a malformed escape stays as it is
  }
}

/** Every header as it came: `headers` would join repeated groups into one. */
function* pairs(request: IncomingMessage): Generator<readonly [name: string, value: string]> {
  const { rawHeaders } = request
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) yield [(rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? '']
}

/** Whether the connection is the front proxy's: its certificate chains to the one trusted CA and bears an allowed common name. */
function isFrontProxy(request: IncomingMessage, { allowedNames }: FrontProxyConfig): boolean {
  const socket = request.socket as TLSSocket
  if (!socket.authorized) return false
  // With several common names Node gives a list; no CA of Kubernetes makes such a certificate.
  const name: unknown = socket.getPeerCertificate().subject?.CN
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

/** The group that every authenticated user is in, unless the front proxy says that nobody was authenticated: group.AuthenticatedGroupAdder. */
function withAuthenticatedGroup(user: Identity): Identity {
  const known = user.username === 'system:anonymous' || user.groups.some((group) => group === AUTHENTICATED || group === 'system:unauthenticated')
  return known ? user : { ...user, groups: [...user.groups, AUTHENTICATED] }
}

/** An identity as the rest of this server knows it; the authorizer asks kube-apiserver about the one that it was made of. */
const known = (user: Identity): Identity => withAgentName(withAuthenticatedGroup(user))

/**
 * Who asks: by front proxy (k8s.io/apiserver/pkg/authentication/request/headerrequest), else by bearer token. Headers that name
 * a user count on the front proxy's connection alone. Nobody is anonymous here. Does not check what the user may do.
 * @throws StatusError Unauthorized, or what the token review failed with
 */
export async function authenticate(request: IncomingMessage, config: FrontProxyConfig | undefined, reviewToken: TokenReviewer): Promise<Identity> {
  if (config !== undefined && isFrontProxy(request, config)) {
    const user = namedUser(request, config)
    if (user !== undefined) return known(user)
  }
  const token = /^Bearer ([^\s]+)$/.exec(request.headers.authorization ?? '')?.[1]
  const user = token === undefined ? undefined : await reviewToken(token)
  if (user === undefined) throw new StatusError('Unauthorized', 'Unauthorized')
  return known(user)
}
