/**
 * What an agent sends may hold what a mask left in an answer: `kubectl get -o yaml | kubectl apply -f -`, `kubectl edit`. A
 * placeholder that stands where it was read, in the same key of the same Secret of the same session, becomes the value again;
 * anywhere else the write is refused, so that nothing is overwritten by a mask. The route says which Secret it is; names in the
 * body count only where the route has none (create).
 *
 * What is NOT restored: a masked copy of a value outside Secrets (a ConfigMap, an annotation, an env value), because the mask
 * does not say what it stands for.
 */
import type { RequestInfo } from '../request-info.ts'
import { mediaType } from './oracles.ts'
import type { Placeholders } from './placeholders.ts'
import { restoreProtobuf } from './protobuf-secret.ts'
import { PutBackError } from './put-back-error.ts'
import { restorePatch, restoreSecret, type Putting } from './restore-secret.ts'
import { hasTrace } from './traces.ts'

/** A write as it came: any method, any route. */
export type Write = {
  readonly info: Pick<RequestInfo, 'apiGroup' | 'resource' | 'subresource' | 'namespace' | 'name'>
  readonly contentType: string | undefined
  readonly body: Buffer
}

export type WriteBackPorts = {
  readonly placeholders: Placeholders
  /**
   * The live value of a key, decoded. May answer with one that was deleted a moment ago, so that `kubectl replace --force` keeps
   * it. What it throws is thrown on: the caller must refuse then.
   */
  lookup(namespace: string, secret: string, key: string): Buffer | undefined | Promise<Buffer | undefined>
  /** Needed for bodies that are YAML and no JSON. Absent, or when it throws: a placeholder in them is refused. */
  parseYaml?(text: string): unknown
}

export type WriteBack =
  | { readonly kind: 'unchanged' }
  /** To be sent instead, under the same content type. `keys` were restored: for the record. */
  | { readonly kind: 'restored'; readonly body: Buffer; readonly keys: readonly string[] }
  | { readonly kind: 'refused'; readonly code: 422; readonly reason: 'Invalid'; readonly message: string }

const JSON_PATCH = 'application/json-patch+json'
const PROTOBUF = 'application/vnd.kubernetes.protobuf'
const unchanged: WriteBack = { kind: 'unchanged' }

export async function restorePlaceholders(write: Write, ports: WriteBackPorts): Promise<WriteBack> {
  const type = mediaType(write.contentType)
  const tree = mayHold(write.body, type) && type !== PROTOBUF ? parse(write.body, type, ports) : undefined
  const traced = hasTrace(write.body) || (tree !== undefined && hasTrace(JSON.stringify(tree)))
  if (!traced || isAsk(write)) return unchanged
  try {
    if (!isSecret(write)) throw new PutBackError(elsewhere(write))
    return await restored(write, { type, tree, ports })
  } catch (error) {
    if (!(error instanceof PutBackError)) throw error
    return { kind: 'refused', code: 422, reason: 'Invalid', message: error.message }
  }
}

/** Escapes in JSON and folded lines in YAML can spell a placeholder that the bytes do not show. */
function mayHold(body: Buffer, type: string): boolean {
  return type.includes('yaml') || body.includes(0x5c) || hasTrace(body)
}

async function restored({ info, body }: Write, read: { type: string; tree: unknown; ports: WriteBackPorts }): Promise<WriteBack> {
  const keys = new Set<string>()
  const putting: Putting = {
    namespace: info.namespace,
    name: info.name,
    placeholders: read.ports.placeholders,
    lookup: (namespace, secret, key) => read.ports.lookup(namespace, secret, key),
    keys,
  }
  if (read.type === PROTOBUF) return { kind: 'restored', body: await restoreProtobuf(body, putting), keys: [...keys] }
  if (read.tree === undefined) throw new PutBackError('the body holds a masked value and cannot be read as JSON or YAML')
  const tree = read.type === JSON_PATCH ? await restorePatch(read.tree, putting) : await restoreSecret(read.tree, putting)
  // A duplicate key can hide from the tree what stood in the bytes.
  if (keys.size === 0) throw new PutBackError('the body holds a masked value in a place that cannot be made out')
  return { kind: 'restored', body: Buffer.from(JSON.stringify(tree)), keys: [...keys] }
}

function isSecret({ info }: Write): boolean {
  return info.apiGroup === '' && info.resource === 'secrets' && info.subresource === '' && info.namespace !== ''
}

/** A reason may quote what the agent saw, and an ask overwrites nothing. */
function isAsk({ info }: Write): boolean {
  return info.apiGroup === 'jit.access' && (info.resource === 'accessrequests' || info.resource === 'accessreviews')
}

function elsewhere({ info }: Write): string {
  const what = info.resource === '' ? 'this request' : info.resource
  return `the body holds a masked value (jit.access/masked), which would overwrite what it stands for in ${what}`
}

function parse(body: Buffer, type: string, { parseYaml }: WriteBackPorts): unknown {
  const text = body.toString('utf8')
  if (!Buffer.from(text).equals(body)) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    if (!type.includes('yaml') || parseYaml === undefined) return undefined
  }
  try {
    return parseYaml(text)
  } catch {
    return undefined
  }
}
