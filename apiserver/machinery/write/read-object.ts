import { API_VERSION } from '../../../domain/api/names.ts'
import type { ObjectMeta } from '../../../domain/api/object-meta.ts'
import { listFaults, StatusError } from '../../../domain/status-error.ts'
import { problems } from '../../../server/schema/problems.ts'
import type { Json, JsonObject } from '../../storage/port.ts'
import type { Kind, KubeObject } from '../kind.ts'
import { metadataSchema } from '../discovery/metadata-schema.ts'
import type { FieldValidation } from '../http/query.ts'
import { prune, unknownFields } from './unknown-fields.ts'

const TOP: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status'])

/** Refuses a body with another version or kind. Both may be missing, since the path determines them. */
function checkType(kind: Kind, body: JsonObject): void {
  const differs = (field: 'apiVersion' | 'kind', expected: string): boolean => {
    const given = body[field] ?? ''
    return given !== '' && given !== expected
  }
  if (differs('apiVersion', API_VERSION)) {
    throw new StatusError(
      'BadRequest',
      `the API version in the data (${JSON.stringify(body['apiVersion'])}) does not match the expected API version (${API_VERSION})`,
    )
  }
  if (differs('kind', kind.kind))
    throw new StatusError('BadRequest', `the kind in the data (${JSON.stringify(body['kind'])}) does not match the expected kind (${kind.kind})`)
}

/** The metadata of a body with the type of every field checked. */
function readMetadata(kind: Kind, given: Json): JsonObject {
  const [wrong] = problems(metadataSchema, given, 'metadata')
  if (wrong !== undefined)
    throw new StatusError('BadRequest', `${kind.kind} in version "v1" cannot be handled as a ${kind.kind}: ${wrong.field ?? ''}: ${wrong.message}`)
  const metadata = prune(metadataSchema, given) as JsonObject
  if ((metadata['namespace'] ?? '') !== '')
    throw new StatusError('BadRequest', 'the namespace of the provided object does not match the namespace sent on the request')
  return metadata
}

function unknownIn(kind: Kind, body: JsonObject, metadata: Json): readonly string[] {
  return [
    ...Object.keys(body).filter((key) => !TOP.has(key)),
    ...unknownFields(metadataSchema, metadata, 'metadata'),
    ...unknownFields(kind.spec, body['spec'] ?? {}, 'spec'),
    ...(kind.status === undefined ? [] : unknownFields(kind.status, body['status'] ?? {}, 'status')),
  ]
}

/** The refusal of a body with such fields, if `fieldValidation` is Strict. */
export const strictError = ({ kind }: Kind, faults: readonly string[]): StatusError =>
  new StatusError('BadRequest', `${kind} in version "v1" cannot be handled as a ${kind}: strict decoding error: ${listFaults(faults)}`)

/** A parsed request body. `managedFields` is as sent; undefined if it was not sent. */
export type Read = { readonly object: KubeObject; readonly warnings: readonly string[]; readonly managedFields: Json | undefined }

function metadataIn(body: JsonObject): JsonObject {
  const sent = body['metadata'] ?? {}
  if (typeof sent !== 'object' || Array.isArray(sent)) throw new StatusError('BadRequest', 'metadata: an object is expected')
  return sent as JsonObject
}

function statusIn({ status }: Kind, body: JsonObject): { readonly status?: JsonObject } {
  const sent = body['status'] ?? null
  return status === undefined || sent === null ? {} : { status: prune(status, sent) as JsonObject }
}

/**
 * Reads an object from a request body. Checks its kind, unknown fields and the types of its metadata, but not spec and status against the schema.
 * @throws StatusError BadRequest. Unknown fields are dropped, with warnings if `validation` is Warn, or refused if it is Strict
 */
export function readObject(kind: Kind, body: JsonObject, validation: FieldValidation): Read {
  checkType(kind, body)
  const { managedFields, ...given } = metadataIn(body)
  const metadata: Partial<ObjectMeta> = readMetadata(kind, given)
  const unknown = unknownIn(kind, body, given).map((field) => `unknown field "${field}"`)
  if (unknown.length > 0 && validation === 'Strict') throw strictError(kind, unknown)
  const object: KubeObject = {
    apiVersion: API_VERSION,
    kind: kind.kind,
    metadata: { name: '', ...metadata },
    spec: prune(kind.spec, body['spec'] ?? {}) as JsonObject,
    ...statusIn(kind, body),
  }
  return { object, warnings: validation === 'Warn' ? unknown : [], managedFields }
}
