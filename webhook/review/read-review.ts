import { withAgentName, type Identity } from '../../domain/identity.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Operation, Review } from './review.ts'

type Fields = { readonly [key: string]: unknown }

const OPERATIONS: ReadonlySet<unknown> = new Set<Operation>(['CREATE', 'UPDATE', 'DELETE', 'CONNECT'])
/** No object of Kubernetes nests a tenth as deep. */
const DEPTH_LIMIT = 1000
const UID = /^[\w-]{1,128}$/

/** What is wrong is named by its field; no value is repeated. */
const malformed = (what: string): StatusError => new StatusError('BadRequest', `not an AdmissionReview of admission.k8s.io/v1: ${what}`)

function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${what} is no object`)
  return value as Fields
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw malformed(`${what} is no string`)
  return value
}

const optional = (value: unknown, what: string): string => (value === undefined ? '' : text(value, what))

function texts(value: unknown, what: string): readonly string[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw malformed(`${what} is no list`)
  return value.map((entry: unknown) => text(entry, what))
}

function readIdentity(value: unknown): Identity {
  const user = fields(value, 'request.userInfo')
  const username = text(user['username'], 'request.userInfo.username')
  if (username === '') throw malformed('request.userInfo.username is empty')
  const extra = user['extra'] === undefined || user['extra'] === null ? {} : fields(user['extra'], 'request.userInfo.extra')
  return {
    username,
    uid: optional(user['uid'], 'request.userInfo.uid'),
    groups: texts(user['groups'], 'request.userInfo.groups'),
    extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, texts(values, 'request.userInfo.extra')])),
  }
}

/** What each byte outside of a string does to the depth. */
const STEP = new Int8Array(256)
for (const [bytes, step] of [
  ['{[', 1],
  ['}]', -1],
] as const)
  for (const byte of Buffer.from(bytes)) STEP[byte] = step
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Where the string that starts at a quote ends. */
function endOfString(body: Buffer, start: number): number {
  let at = start + 1
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1
  return at
}

/** How deep the JSON nests. A loop and no recursion: the text is not trusted yet. */
function nestsTooDeep(body: Buffer): boolean {
  let depth = 0
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] ?? 0
    if (byte === QUOTE) at = endOfString(body, at)
    else depth += STEP[byte] ?? 0
    if (depth > DEPTH_LIMIT) return true
  }
  return false
}

function parse(body: Buffer): unknown {
  if (nestsTooDeep(body)) throw malformed('it nests too deep')
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    // The parser's words quote what they stumbled over.
    throw malformed('it is no JSON')
  }
}

/** `requestResource` is what the client named; `resource` what it was converted to for us. One is always there. */
function readResource(request: Fields): Pick<Review, 'group' | 'version' | 'resource' | 'subresource'> {
  const asked = request['requestResource'] !== undefined && request['requestResource'] !== null
  const { group, version, resource } = fields(request[asked ? 'requestResource' : 'resource'], 'request.requestResource')
  const plural = text(resource, 'request.requestResource.resource')
  if (plural === '') throw malformed('request.requestResource.resource is empty')
  return {
    group: optional(group, 'request.requestResource.group'),
    version: text(version, 'request.requestResource.version'),
    resource: plural,
    subresource: optional(request[asked ? 'requestSubResource' : 'subResource'], 'request.requestSubResource'),
  }
}

/**
 * Reads an AdmissionReview. Does not check who sent it: that is the TLS server's part.
 * @throws StatusError BadRequest that names the field, and repeats nothing of the body
 */
export function readReview(body: Buffer): Review {
  const review = fields(parse(body), 'it')
  if (review['apiVersion'] !== 'admission.k8s.io/v1' || review['kind'] !== 'AdmissionReview') throw malformed('apiVersion or kind is another')
  const request = fields(review['request'], 'request')
  const uid = text(request['uid'], 'request.uid')
  if (!UID.test(uid)) throw malformed('request.uid is none')
  const operation = request['operation']
  if (!OPERATIONS.has(operation)) throw malformed('request.operation is none')
  const dryRun = request['dryRun'] ?? false
  if (typeof dryRun !== 'boolean') throw malformed('request.dryRun is no boolean')
  return {
    uid,
    operation: operation as Operation,
    identity: withAgentName(readIdentity(request['userInfo'])),
    ...readResource(request),
    namespace: optional(request['namespace'], 'request.namespace'),
    name: optional(request['name'], 'request.name'),
    dryRun,
    object: request['object'] ?? undefined,
    oldObject: request['oldObject'] ?? undefined,
  }
}
