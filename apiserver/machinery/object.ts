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

const specProblems = (kind: Kind, { spec }: KubeObject): readonly StatusCause[] => problems(kind.spec, spec ?? {}, 'spec')
const statusProblems = (kind: Kind, { status }: KubeObject): readonly StatusCause[] =>
  kind.status === undefined || status === undefined ? [] : problems(kind.status, status, 'status')

/**
 * Checks the shape of the part that a write is about, before the kind or the subresource reads it, since both rely on the types of the fields. A write to a
 * subresource may leave out the spec, and one to the object does not change the status.
 * @throws StatusError Invalid
 */
export function checkShape(kind: Kind, object: KubeObject, part: 'spec' | 'status'): void {
  const causes = part === 'spec' ? specProblems(kind, object) : statusProblems(kind, object)
  if (causes.length > 0) throw invalid(kind.kind, object.metadata.name, causes)
}

/** @throws StatusError Invalid that names every invalid field */
export function checkObject(kind: Kind, object: KubeObject, old?: KubeObject): void {
  const shape: readonly StatusCause[] = [...metadataProblems(object.metadata), ...specProblems(kind, object), ...statusProblems(kind, object)]
  const causes = shape.length > 0 ? shape : kind.strategy.validate(object, old)
  if (causes.length > 0) throw invalid(kind.kind, object.metadata.name, causes)
}
