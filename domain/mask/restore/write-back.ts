/**
 * Restores masks in what an agent sends, as in `kubectl get -o yaml | kubectl apply -f -` or `kubectl edit`. A placeholder in the place
 * where it was read (the same key of the same Secret in the same session) is replaced by the value. Anywhere else the write is refused, so
 * that a mask never overwrites a value. The route identifies the Secret; names in the body count only if the route has none (create).
 *
 * Outside Secrets (a ConfigMap, an annotation, an env value) a mask does not identify what it stands for. It is restored in the same field
 * of the same live object, which the write then leaves unchanged (restore-field.ts), and is refused anywhere else.
 */
import type { RequestInfo } from '../../request-info.ts'
import { JSON_PATCH, mediaType } from '../../media-type.ts'
import type { Unpacking } from '../secret/helm-release.ts'
import type { SecretKeyRef, Placeholders } from '../secret/placeholders.ts'
import { restoreProtobuf } from './protobuf/secret.ts'
import { RestoreError } from './restore-error.ts'
import { restoreFields, restoreFieldsOfPatch, type SameObject } from './restore-field.ts'
import { mayHold, restorePatch, restoreSecret, type Putting } from './restore-secret.ts'
import { containsMask } from './mask-remnants.ts'
import { readWritten } from './unambiguous-json.ts'

/** A write as it arrived: any method, any route. */
export type AgentWrite = {
  readonly info: Pick<RequestInfo, 'apiGroup' | 'resource' | 'subresource' | 'namespace' | 'name'> & { readonly verb?: string }
  readonly contentType: string | undefined
  readonly body: Buffer
}

export type WriteBackPorts = {
  readonly placeholders: Placeholders
  /**
   * Returns the live value of a key, decoded. May return a value that was deleted a moment ago, so that `kubectl replace --force` keeps it.
   * Its errors are rethrown: the caller must then refuse the write.
   */
  lookup(namespace: string, secret: string, key: string): Buffer | undefined | Promise<Buffer | undefined>
  /** Needed for bodies that are YAML and not JSON. If it is absent or throws, a placeholder in them is refused. */
  parseYaml?(text: string): unknown
  /** Returns the value that a placeholder in a Helm release stands for. Defaults to none. */
  released?(decoded: string, place: SecretKeyRef): Promise<Buffer | undefined>
  /** Returns the Helm releases that may be revisions of the one that is written. Defaults to the live one alone. */
  revisions?(namespace: string, secret: string): Promise<readonly Buffer[]>
  /** Returns the live object of the route as the agent may read it. If it is absent or returns undefined, masks outside Secrets are not restored. */
  sameObject?(body: unknown): Promise<SameObject | undefined>
  /** Whether a policy hides fields on the route: a 0 in the body may then be a hidden number. Defaults to false. */
  hidesFields?: boolean
  /** Does one of many pieces of work that take long together. Optional. Defaults to doing it at once. */
  slowly?<T>(piece: () => T): Promise<T>
  /** What Helm releases were masked with in reads. Without it, releases are masked whole and are not searched for masks. */
  readonly unpacking?: Unpacking
}

export type WriteBack =
  | { readonly kind: 'unchanged' }
  /** The body to send instead, with the same content type. `keys` are the restored keys, for the record. */
  | { readonly kind: 'restored'; readonly body: Buffer; readonly keys: readonly string[] }
  | { readonly kind: 'refused'; readonly code: 422; readonly reason: 'Invalid'; readonly message: string }
  /** The value has changed since it was read. */
  | { readonly kind: 'refused'; readonly code: 409; readonly reason: 'Conflict'; readonly message: string }

const PROTOBUF = 'application/vnd.kubernetes.protobuf'
const nothing: Buffer = Buffer.alloc(0)
const unchanged: WriteBack = { kind: 'unchanged' }

export async function restorePlaceholders(write: AgentWrite, ports: WriteBackPorts): Promise<WriteBack> {
  if (isAsk(write)) return unchanged
  const always = mayBeRelease(write, ports) || mayHoldNumber(write, ports)
  if (!always && !mayHide(write)) return unchanged
  const read = open(write, ports)
  if (!read.traced && !always) return unchanged
  try {
    return (await restored(write, { ...read, ports })) ?? unseen(read.traced)
  } catch (error) {
    if (!(error instanceof RestoreError)) throw error
    return refused(error)
  }
}

function refused({ message, stale }: RestoreError): WriteBack {
  return stale ? { kind: 'refused', code: 409, reason: 'Conflict', message } : { kind: 'refused', code: 422, reason: 'Invalid', message }
}

/** A hidden number is read as 0, which cannot be recognized as a mask. */
function mayHoldNumber(write: AgentWrite, { hidesFields }: WriteBackPorts): boolean {
  return hidesFields === true && write.info.verb === 'update' && !isSecret(write)
}

function mayBeRelease(write: AgentWrite, { unpacking }: WriteBackPorts): boolean {
  return unpacking !== undefined && isSecret(write) && mayHold(write.body)
}

type Opened = { readonly type: string; readonly tree: unknown; readonly traced: boolean }

function open({ body, contentType }: AgentWrite, ports: WriteBackPorts): Opened {
  const type = mediaType(contentType)
  const tree = type === PROTOBUF ? undefined : parse(body, type, ports)
  return { type, tree, traced: containsMask(body) || containsMask(JSON.stringify(tree) ?? '') }
}

/** Escapes in JSON and folded lines in YAML can spell a placeholder that is not visible in the bytes. */
function mayHide({ body, contentType }: AgentWrite): boolean {
  return mediaType(contentType).includes('yaml') || body.includes(0x5c) || containsMask(body)
}

/** Nothing was restored: either there was nothing to restore, or a duplicate key hides content of the body from the tree. */
function unseen(traced: boolean): WriteBack {
  if (traced) throw new RestoreError('the body holds a masked value in a place that cannot be determined')
  return unchanged
}

async function restored(write: AgentWrite, read: Opened & { readonly ports: WriteBackPorts }): Promise<WriteBack | undefined> {
  if (!isSecret(write)) return await restoredElsewhere(write, read)
  const { info, body } = write
  const keys = new Set<string>()
  const { placeholders, unpacking } = read.ports
  const putting: Putting = {
    namespace: info.namespace,
    name: info.name,
    placeholders,
    unpacking,
    lookup: (namespace, secret, key) => read.ports.lookup(namespace, secret, key),
    released: (decoded, place) => read.ports.released?.(decoded, place) ?? Promise.resolve(undefined),
    revisions: (namespace, secret) => read.ports.revisions?.(namespace, secret) ?? Promise.resolve([]),
    slowly: (piece) => read.ports.slowly?.(piece) ?? Promise.resolve(piece()),
    keys,
  }
  const done = read.type === PROTOBUF ? await restoreProtobuf(body, putting) : await restoreTree(read, putting)
  return keys.size === 0 ? undefined : { kind: 'restored', body: done, keys: [...keys] }
}

/** Refuses protobuf and ambiguous bodies that contain a mask. */
async function restoredElsewhere(
  write: AgentWrite,
  { type, tree, traced, ports }: Opened & { readonly ports: WriteBackPorts },
): Promise<WriteBack | undefined> {
  const whole = write.info.verb === 'update'
  // An ambiguous body may contain the mask in a place that is not searched.
  if (traced && readWritten(write.body, ports.parseYaml) === undefined) throw new RestoreError(elsewhere(write), { remedy: remedyFor(write, type) })
  const same = tree === undefined ? undefined : await ports.sameObject?.(tree)
  if (same === undefined) {
    if (traced) throw new RestoreError(elsewhere(write), { remedy: remedyFor(write, type) })
    return unchanged
  }
  const done = type === JSON_PATCH ? restoreFieldsOfPatch(tree, same) : restoreFields(tree, { same, whole })
  const body = Buffer.from(JSON.stringify(done))
  if (containsMask(body)) throw new RestoreError(elsewhere(write), { remedy: remedyFor(write, type) })
  return JSON.stringify(tree) === body.toString('utf8') ? unchanged : { kind: 'restored', body, keys: [] }
}

async function restoreTree({ type, tree }: Opened, putting: Putting): Promise<Buffer> {
  if (tree === undefined) return nothing
  const done = type === JSON_PATCH ? await restorePatch(tree, putting) : await restoreSecret(tree, putting)
  return Buffer.from(JSON.stringify(done))
}

function isSecret({ info }: AgentWrite): boolean {
  return info.apiGroup === '' && info.resource === 'secrets' && info.subresource === '' && info.namespace !== ''
}

/** A reason may quote what the agent saw, and an AccessRequest or AccessReview overwrites nothing. */
function isAsk({ info }: AgentWrite): boolean {
  return info.apiGroup === 'jit.access' && (info.resource === 'accessrequests' || info.resource === 'accessreviews')
}

function elsewhere({ info }: AgentWrite): string {
  const what = info.resource === '' ? 'this request' : info.resource
  return `the body holds a masked value (jit.access/masked), which would overwrite what it stands for in ${what}`
}

function remedyFor({ info }: AgentWrite, type: string): string {
  const reveal = 'ask to see the Secret: kubectl create accessrequest --reveal=NAMESPACE/SECRET:KEY --reason=...'
  if (info.apiGroup === 'batch' && info.resource === 'jobs' && info.name === '' && type === PROTOBUF)
    return `Send it as JSON, in which the template of a CronJob is restored: kubectl create job NAME --from=cronjob/CRONJOB --dry-run=client -o yaml | kubectl create -f -; or ${reveal}`
  if (info.name === '') return `Write the value yourself, refer to the Secret (valueFrom.secretKeyRef), or ${reveal}`
  return `Change only what differs (kubectl patch, kubectl set image), write the value yourself, or ${reveal}`
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
