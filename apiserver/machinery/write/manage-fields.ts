import { timestamp } from '../../../domain/api/object-meta.ts'
import type { ObjectSchema } from '../../../domain/api/schema.ts'
import { compare, fieldsOf } from '../../fields/compare-fields.ts'
import { managersAfterUpdate } from '../../fields/apply.ts'
import { isReset, managerKey, readManagers, writeManagers, type Manager, type Managers } from '../../fields/managers.ts'
import type { Json, JsonObject } from '../../storage/port.ts'
import type { Kind, KubeObject } from '../kind.ts'
import { metadataSchema } from '../discovery/metadata-schema.ts'

/** Metadata fields that managers can own. The server owns the others. */
const OWNED = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const

const ownedMetadata: ObjectSchema = {
  ...metadataSchema,
  properties: Object.fromEntries(Object.entries(metadataSchema.properties).filter(([name]) => (OWNED as readonly string[]).includes(name))),
}

/** Schema of the fields that a write to the object or one of its subresources can own: the inverse of upstream's reset fields. */
export function scopeSchema(kind: Kind, subresource: string): ObjectSchema {
  const { description } = kind
  if (subresource === '') return { type: 'object', description, properties: { metadata: ownedMetadata, spec: kind.spec } }
  return { type: 'object', description, properties: kind.status === undefined ? {} : { status: kind.status } }
}

/** The part of an object that a write can own, without empty metadata fields. */
export function scopeOf(object: Pick<KubeObject, 'metadata' | 'spec' | 'status'>, subresource: string): JsonObject {
  if (subresource !== '') return { status: object.status ?? {} }
  const metadata = object.metadata as unknown as JsonObject
  const owned = OWNED.flatMap((name): [string, Json][] => {
    const value = metadata[name]
    return value === undefined || Object.keys(value as object).length === 0 ? [] : [[name, value]]
  })
  return { metadata: Object.fromEntries(owned), spec: object.spec ?? {} }
}

const NOBODY: Managers = new Map()

export const managersOf = (object: KubeObject | undefined): Managers => readManagers(object?.metadata.managedFields) ?? NOBODY

export type Tracked = {
  readonly kind: Kind
  readonly by: Manager
  readonly before?: KubeObject
  readonly after: KubeObject
  /** metadata.managedFields as sent by the client: valid entries of at most 64 KiB are used, `[]` resets them, anything else is ignored. */
  readonly sent: Json | undefined
  readonly nowMs: number
}

/** Bytes of managedFields that a client may change. Those of the largest policies are larger, and then the stored ones are used. */
const MAX_SENT = 64 * 1024

function startingPoint(before: KubeObject | undefined, sent: Json | undefined): Managers {
  if (isReset(sent)) return NOBODY
  const readable = sent === undefined || Buffer.byteLength(JSON.stringify(sent)) > MAX_SENT ? undefined : readManagers(sent)
  return readable !== undefined && readable.size > 0 ? readable : managersOf(before)
}

/** The object with its managedFields after a write that is not an apply. */
export function trackUpdate({ kind, by, before, after, sent, nowMs }: Tracked): KubeObject {
  const old = before === undefined ? { metadata: {}, spec: {} } : scopeOf(before, by.subresource)
  const difference = compare(scopeSchema(kind, by.subresource), old, scopeOf(after, by.subresource))
  const managers = managersAfterUpdate(startingPoint(before, sent), by, difference)
  return withManagers(after, { managers, before: managersOf(before), nowMs })
}

/** The object with its managedFields after an apply that created it: the manager owns only the fields that it sent. */
export function trackFirstApply({ kind, by, after, config, nowMs }: Omit<Tracked, 'sent'> & { readonly config: JsonObject }): KubeObject {
  const set = fieldsOf(scopeSchema(kind, by.subresource), config)
  return withManagers(after, { managers: new Map([[managerKey(by), { ...by, set, time: '' }]]), before: NOBODY, nowMs })
}

export function withManagers(object: KubeObject, { managers, before, nowMs }: { managers: Managers; before: Managers; nowMs: number }): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata
  const entries = writeManagers(managers, before, timestamp(nowMs))
  return { ...object, metadata: { ...metadata, ...(entries.length === 0 ? {} : { managedFields: entries }) } }
}
