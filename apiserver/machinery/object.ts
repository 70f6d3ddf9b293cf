import { API_VERSION } from '../../domain/names.ts'
import type { ObjectMeta } from '../../domain/object-meta.ts'
import { invalid, StatusError, type StatusCause } from '../../domain/status-error.ts'
import type { Entry, JsonObject } from '../storage/port.ts'
import type { Kind, KubeObject } from './kind.ts'
import { metadataProblems } from './metadata.ts'
import type { FieldValidation } from './query.ts'
import { problems, prune, unknownFields } from './validate.ts'

/** Deep equality of JSON; the order of keys does not matter. */
export function same(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null || Array.isArray(left) !== Array.isArray(right))
    return false
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && same((left as JsonObject)[key], (right as JsonObject)[key]))
  )
}

export const fromEntry = (entry: Entry): KubeObject => {
  const value = entry.value as unknown as KubeObject
  return { ...value, metadata: { ...value.metadata, resourceVersion: String(entry.version) } }
}

/** What is stored: everything but the version, which the store keeps. */
export function toValue(object: KubeObject): JsonObject {
  const { resourceVersion: _, ...metadata } = object.metadata
  return { ...object, metadata } as unknown as JsonObject
}

const METADATA_FIELDS: ReadonlySet<string> = new Set([
  ...['name', 'generateName', 'namespace', 'selfLink', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp'],
  ...['deletionGracePeriodSeconds', 'labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields'],
])

/** An object of a kind out of what a client sent: checked for its kind, its fields and their types. Warnings name what was dropped. */
export function readObject(
  kind: Kind,
  body: JsonObject,
  validation: FieldValidation,
): { readonly object: KubeObject; readonly warnings: readonly string[] } {
  const { apiVersion, kind: kindName, metadata } = body
  if (apiVersion !== undefined && apiVersion !== '' && apiVersion !== API_VERSION) {
    throw new StatusError(
      'BadRequest',
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${API_VERSION})`,
    )
  }
  if (kindName !== undefined && kindName !== '' && kindName !== kind.kind)
    throw new StatusError('BadRequest', `the kind in the data (${String(kindName)}) does not match the expected kind (${kind.kind})`)
  if (metadata !== undefined && (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)))
    throw new StatusError('BadRequest', 'metadata: an object is expected')
  const meta = { ...(metadata as JsonObject | undefined) }
  if (typeof meta['namespace'] === 'string' && meta['namespace'] !== '')
    throw new StatusError('BadRequest', 'the namespace of the provided object does not match the namespace sent on the request')

  const unknown = [
    ...Object.keys(body).filter((key) => !['apiVersion', 'kind', 'metadata', 'spec', 'status'].includes(key)),
    ...Object.keys(meta)
      .filter((key) => !METADATA_FIELDS.has(key))
      .map((key) => `metadata.${key}`),
    ...unknownFields(kind.spec, body['spec'] ?? {}, 'spec'),
    ...(kind.status === undefined ? [] : unknownFields(kind.status, body['status'] ?? {}, 'status')),
  ]
  if (unknown.length > 0 && validation === 'Strict') {
    throw new StatusError(
      'BadRequest',
      `${kind.kind} in version "v1" cannot be handled as a ${kind.kind}: strict decoding error: ${unknown.map((field) => `unknown field "${field}"`).join(', ')}`,
    )
  }
  const name = typeof meta['name'] === 'string' ? meta['name'] : ''
  const object: KubeObject = {
    apiVersion: API_VERSION,
    kind: kind.kind,
    metadata: { ...meta, name } as unknown as ObjectMeta,
    spec: prune(kind.spec, body['spec'] ?? {}) as JsonObject,
    ...(kind.status === undefined || body['status'] === undefined ? {} : { status: prune(kind.status, body['status'] ?? {}) as JsonObject }),
  }
  return { object, warnings: validation === 'Warn' ? unknown.map((field) => `unknown field "${field}"`) : [] }
}

/** @throws StatusError Invalid that names every field that is wrong */
export function checkObject(kind: Kind, object: KubeObject): void {
  const shape: readonly StatusCause[] = [
    ...metadataProblems(object.metadata),
    ...problems(kind.spec, object.spec ?? {}, 'spec'),
    ...(kind.status === undefined || object.status === undefined ? [] : problems(kind.status, object.status, 'status')),
  ]
  const causes = shape.length > 0 ? shape : kind.strategy.validate(object)
  if (causes.length > 0) throw invalid(kind.kind, object.metadata.name, causes)
}
