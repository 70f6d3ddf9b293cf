import { invalid, type StatusCause } from '../../domain/status-error.ts'
import { problems } from '../../server/schema/problems.ts'
import type { StoredEntry, JsonObject } from '../storage/port.ts'
import type { Kind, KubeObject } from './kind.ts'
import { metadataProblems } from './metadata.ts'

export const fromEntry = (entry: StoredEntry): KubeObject => {
  const value = entry.value as unknown as KubeObject
  return { ...value, metadata: { ...value.metadata, resourceVersion: String(entry.version) } }
}

/** The stored value: everything except the resourceVersion, which the store keeps separately. */
export function toValue(object: KubeObject): JsonObject {
  const { resourceVersion: _, ...metadata } = object.metadata
  return { ...object, metadata } as unknown as JsonObject
}

/** @throws StatusError Invalid that names every invalid field */
export function checkObject(kind: Kind, object: KubeObject, old?: KubeObject): void {
  const shape: readonly StatusCause[] = [
    ...metadataProblems(object.metadata),
    ...problems(kind.spec, object.spec ?? {}, 'spec'),
    ...(kind.status === undefined || object.status === undefined ? [] : problems(kind.status, object.status, 'status')),
  ]
  const causes = shape.length > 0 ? shape : kind.strategy.validate(object, old)
  if (causes.length > 0) throw invalid(kind.kind, object.metadata.name, causes)
}
