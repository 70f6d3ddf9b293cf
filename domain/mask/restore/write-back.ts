/**
 * What an agent sends may hold what a mask left in an answer: `kubectl get -o yaml | kubectl apply -f -`, `kubectl edit`. A
 * placeholder that stands where it was read, in the same key of the same Secret of the same session, becomes the value again;
 * anywhere else the write is refused, so that nothing is overwritten by a mask. The route says which Secret it is; names in the
 * body count only where the route has none (create).
 *
 * What is NOT restored: a masked copy of a value outside Secrets (a ConfigMap, an annotation, an env value), because the mask
 * does not say what it stands for.
 */
import type { RequestInfo } from '../../request-info.ts'
import { mediaType } from './oracles.ts'
import type { Unpacking } from '../secret/helm-release.ts'
import type { Placeholders } from '../secret/placeholders.ts'
import { restoreProtobuf } from './protobuf-secret.ts'
import { PutBackError } from './put-back-error.ts'
import { mayHold, restorePatch, restoreSecret, type Putting } from './restore-secret.ts'
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
  /** What reads of Helm releases were masked with. Absent: releases are masked whole, and no mask is looked for inside of one. */
  readonly unpacking?: Unpacking
}

export type WriteBack =
  | { readonly kind: 'unchanged' }
  /** To be sent instead, under the same content type. `keys` were restored: for the record. */
  | { readonly kind: 'restored'; readonly body: Buffer; readonly keys: readonly string[] }
  | { readonly kind: 'refused'; readonly code: 422; readonly reason: 'Invalid'; readonly message: string }

const JSON_PATCH = 'application/json-patch+json'
const PROTOBUF = 'application/vnd.kubernetes.protobuf'
const nothing: Buffer = Buffer.alloc(0)
const unchanged: WriteBack = { kind: 'unchanged' }

export async function restorePlaceholders(write: Write, ports: WriteBackPorts): Promise<WriteBack> {
  if (isAsk(write)) return unchanged
  const release = mayBeRelease(write, ports)
  if (!release && !mayHide(write)) return unchanged
  const read = open(write, ports)
  if (!read.traced && !release) return unchanged
  try {
    return (await restored(write, { ...read, ports })) ?? unseen(read.traced)
  } catch (error) {
    if (!(error instanceof PutBackError)) throw error
    return { kind: 'refused', code: 422, reason: 'Invalid', message: error.message }
  }
}

function mayBeRelease(write: Write, { unpacking }: WriteBackPorts): boolean {
  return unpacking !== undefined && isSecret(write) && mayHold(write.body)
}

type Opened = { readonly type: string; readonly tree: unknown; readonly traced: boolean }

function open({ body, contentType }: Write, ports: WriteBackPorts): Opened {
  const type = mediaType(contentType)
  const tree = type === PROTOBUF ? undefined : parse(body, type, ports)
  return { type, tree, traced: hasTrace(body) || hasTrace(JSON.stringify(tree) ?? '') }
}

/** Escapes in JSON and folded lines in YAML can spell a placeholder that the bytes do not show. */
function mayHide({ body, contentType }: Write): boolean {
  return mediaType(contentType).includes('yaml') || body.includes(0x5c) || hasTrace(body)
}

/** Nothing was put back: there was nothing, or a duplicate key hides from the tree what stands in the bytes. */
function unseen(traced: boolean): WriteBack {
  if (traced) throw new PutBackError('the body holds a masked value in a place that cannot be made out')
  return unchanged
}

async function restored(write: Write, read: Opened & { readonly ports: WriteBackPorts }): Promise<WriteBack | undefined> {
  if (!isSecret(write)) throw new PutBackError(elsewhere(write))
  const { info, body } = write
  const keys = new Set<string>()
  const { placeholders, unpacking } = read.ports
  const putting: Putting = {
    namespace: info.namespace,
    name: info.name,
    placeholders,
    unpacking,
    lookup: (namespace, secret, key) => read.ports.lookup(namespace, secret, key),
    keys,
  }
  const done = read.type === PROTOBUF ? await restoreProtobuf(body, putting) : await restoreTree(read, putting)
  return keys.size === 0 ? undefined : { kind: 'restored', body: done, keys: [...keys] }
}

async function restoreTree({ type, tree }: Opened, putting: Putting): Promise<Buffer> {
  if (tree === undefined) return nothing
  const done = type === JSON_PATCH ? await restorePatch(tree, putting) : await restoreSecret(tree, putting)
  return Buffer.from(JSON.stringify(done))
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
