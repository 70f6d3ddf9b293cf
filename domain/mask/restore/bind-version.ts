/**
 * Binds a write to the version of the object that was examined, if the write restores values or its outcome is known from a trial. With
 * that resourceVersion in the body, kube-apiserver answers 409 if the object has changed since.
 */
import { JSON_PATCH, mediaType } from '../../media-type.ts'
import { changeFields, lastField, textField } from './protobuf/change-fields.ts'
import { isObject } from '../../is-object.ts'

const PROTOBUF = 'application/vnd.kubernetes.protobuf'
const MAGIC = 4
const UNKNOWN_RAW = 2
const METADATA = 1
const RESOURCE_VERSION = 6

type Bound = { readonly contentType: string | undefined; readonly resourceVersion: string }

/** @param body JSON, or protobuf that restoreProtobuf could read. A body that names a version keeps it. */
export async function bindVersion(body: Buffer, { contentType, resourceVersion }: Bound): Promise<Buffer> {
  const type = mediaType(contentType)
  if (type === PROTOBUF) return await boundMessage(body, resourceVersion)
  const tree = JSON.parse(body.toString('utf8')) as unknown
  const bound = type === JSON_PATCH ? boundPatch(tree, resourceVersion) : boundObject(tree, resourceVersion)
  return bound === undefined ? body : Buffer.from(JSON.stringify(bound))
}

/** Whether it names a version. Without one, or with zero, a write applies to any version: AllowUnconditionalUpdate of kube-apiserver. */
const isVersion = (said: unknown): said is string => typeof said === 'string' && /^[1-9]\d*$/.test(said)

const PATH = '/metadata/resourceVersion'

/**
 * The last operation counts: kube-apiserver reads paths more freely than RFC 6901, so the effect of earlier operations on the version is
 * not judged.
 */
function boundPatch(operations: unknown, value: string): unknown {
  if (!Array.isArray(operations)) return undefined
  const { op, path, value: said } = (operations.at(-1) ?? {}) as Partial<Record<string, unknown>>
  if ((op === 'add' || op === 'replace') && path === PATH && isVersion(said)) return undefined
  return [...(operations as unknown[]), { op: 'add', path: PATH, value }]
}

function boundObject(tree: unknown, resourceVersion: string): unknown {
  if (!isObject(tree)) return undefined
  const { metadata } = tree
  if (metadata !== undefined && metadata !== null && !isObject(metadata)) return undefined
  return isVersion(metadata?.['resourceVersion']) ? undefined : { ...tree, metadata: { ...metadata, resourceVersion } }
}

async function boundMessage(body: Buffer, resourceVersion: string): Promise<Buffer> {
  const metadata = async (bytes: Buffer): Promise<Buffer> =>
    isVersion(lastField(bytes, RESOURCE_VERSION)?.toString()) ? bytes : Buffer.concat([bytes, textField(RESOURCE_VERSION, resourceVersion)])
  const object = (raw: Buffer): Promise<Buffer> =>
    changeFields(raw, async ({ number, value }) => (number === METADATA ? await metadata(value) : undefined))
  const unknown = await changeFields(body.subarray(MAGIC), async ({ number, value }) => (number === UNKNOWN_RAW ? await object(value) : undefined))
  return Buffer.concat([body.subarray(0, MAGIC), unknown])
}
