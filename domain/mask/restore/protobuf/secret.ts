/**
 * A Secret as client-go tools send it: `k8s\0`, then runtime.Unknown (its field 2 is the object), then core/v1 Secret. Field numbers are
 * those of k8s.io/apimachinery/pkg/runtime/generated.proto, meta/v1 and k8s.io/api/core/v1/generated.proto (v1.37). In protobuf, values are
 * raw bytes, so placeholders appear in their decoded form.
 */
import { isCopy } from '../../secret/embedded-object.ts'
import { RELEASE_KEY } from '../../secret/helm-release.ts'
import { changeFields, lastField, type FieldChange } from './change-fields.ts'
import { RestoreError } from '../restore-error.ts'
import { mayHold, releaseText, restoreCopy, valueOf, type Putting } from '../restore-secret.ts'
import { containsMask } from '../mask-remnants.ts'

const MAGIC = Buffer.from('k8s\0')
const UNKNOWN_RAW = 2
const SECRET = { metadata: 1, data: 2 }
const METADATA = { name: 1, annotations: 12 }
const ENTRY = { key: 1, value: 2 }

export async function restoreProtobuf(body: Buffer, putting: Putting): Promise<Buffer> {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) throw new RestoreError('the body holds a masked value and is not Kubernetes protobuf')
  const unknown = await changeFields(
    body.subarray(MAGIC.length),
    within('the envelope', {
      [UNKNOWN_RAW]: async (raw) => await restoreObject(raw, putting),
    }),
  )
  return Buffer.concat([MAGIC, unknown])
}

async function restoreObject(raw: Buffer, route: Putting): Promise<Buffer> {
  const metadata = lastField(raw, SECRET.metadata) ?? Buffer.alloc(0)
  const putting = route.name === '' ? { ...route, name: (lastField(metadata, METADATA.name) ?? '').toString() } : route
  const annotation = async (entry: Buffer): Promise<Buffer> =>
    await restoreEntry(entry, async (name, value) => {
      if (!containsMask(value)) return value
      if (!isCopy(name)) throw new RestoreError(`the annotation ${name} holds a masked value`)
      return Buffer.from(await restoreCopy(value.toString(), name, putting))
    })
  return await changeFields(
    raw,
    within('the Secret', {
      [SECRET.data]: async (entry) => await restoreEntry(entry, async (key, value) => await dataValue(key, value, putting)),
      [SECRET.metadata]: async (bytes) => await changeFields(bytes, within('metadata', { [METADATA.annotations]: annotation })),
    }),
  )
}

async function dataValue(key: string, value: Buffer, putting: Putting): Promise<Buffer> {
  if (containsMask(value)) return await valueOf(value.toString('latin1'), key, putting)
  const release = key === RELEASE_KEY ? await releaseText(value.toString('latin1'), putting) : undefined
  return release === undefined ? value : Buffer.from(release)
}

async function restoreEntry(entry: Buffer, restore: (key: string, value: Buffer) => Promise<Buffer>): Promise<Buffer> {
  const key = (lastField(entry, ENTRY.key) ?? '').toString()
  return await changeFields(entry, within('a key', { [ENTRY.value]: async (value) => await restore(key, value) }, key === RELEASE_KEY))
}

/**
 * Changes fields that contain a mask by the table. Throws if the table does not name such a field. `always`: also changes fields of the
 * table that contain no mask.
 */
function within(where: string, table: Readonly<Record<number, (value: Buffer) => Promise<Buffer>>>, always = false): FieldChange {
  return async ({ number, value }) => {
    const restore = table[number]
    if (!(always && restore !== undefined) && !mayHold(value)) return undefined
    if (restore === undefined && !containsMask(value)) return undefined
    if (restore === undefined) throw new RestoreError(`${where} holds a masked value in protobuf field ${number}, where none can be restored`)
    return await restore(value)
  }
}
