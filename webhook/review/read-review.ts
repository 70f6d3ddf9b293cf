import { withAgentName, type Identity } from '../../domain/identity.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { AdmissionOperation, Review } from './admission-review.ts'

type Fields = { readonly [key: string]: unknown }

const OPERATIONS: ReadonlySet<unknown> = new Set<AdmissionOperation>(['CREATE', 'UPDATE', 'DELETE', 'CONNECT'])
/** Kubernetes objects do not nest a tenth as deep. */
const DEPTH_LIMIT = 1000
const UID = /^[\w-]{1,128}$/

/** Names the field at fault and never repeats a value. */
const malformed = (what: string): StatusError => new StatusError('BadRequest', `not an AdmissionReview of admission.k8s.io/v1: ${what}`)

function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${what} is not an object`)
  return value as Fields
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw malformed(`${what} is not a string`)
  return value
}

const optional = (value: unknown, what: string): string => (value === undefined ? '' : text(value, what))

function texts(value: unknown, what: string): readonly string[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw malformed(`${what} is not a list`)
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

/** Depth change for each byte outside a string. */
const STEP = new Int8Array(256)
for (const [bytes, step] of [
  ['{[', 1],
  ['}]', -1],
] as const)
  for (const byte of Buffer.from(bytes)) STEP[byte] = step
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Index of the quote that ends the string starting at `start`. */
function endOfString(body: Buffer, start: number): number {
  let at = start + 1
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1
  return at
}

/** Whether the JSON exceeds the depth limit. Iterative, not recursive, since the text is untrusted. */
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
  if (nestsTooDeep(body)) throw malformed('it exceeds the maximum nesting depth')
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    // The parser's message quotes the input, so it is not passed on.
    throw malformed('it is not JSON')
  }
}

/** `requestResource` is what the client requested; `resource` is what it was converted to for this webhook. One of them is always set. */
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
 * Reads an AdmissionReview. Does not check who sent it: the TLS server does that.
 * @throws StatusError BadRequest that names the field and repeats nothing of the body
 */
export function readReview(body: Buffer): Review {
  const review = fields(parse(body), 'it')
  if (review['apiVersion'] !== 'admission.k8s.io/v1' || review['kind'] !== 'AdmissionReview') throw malformed('unexpected apiVersion or kind')
  const request = fields(review['request'], 'request')
  const uid = text(request['uid'], 'request.uid')
  if (!UID.test(uid)) throw malformed('request.uid is invalid')
  const operation = request['operation']
  if (!OPERATIONS.has(operation)) throw malformed('request.operation is invalid')
  const dryRun = request['dryRun'] ?? false
  if (typeof dryRun !== 'boolean') throw malformed('request.dryRun is not a boolean')
  return {
    uid,
    operation: operation as AdmissionOperation,
    identity: withAgentName(readIdentity(request['userInfo'])),
    ...readResource(request),
    namespace: optional(request['namespace'], 'request.namespace'),
    name: optional(request['name'], 'request.name'),
    dryRun,
    object: request['object'] ?? undefined,
    oldObject: request['oldObject'] ?? undefined,
  }
}
