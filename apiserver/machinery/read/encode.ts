import { stringify } from 'yaml'
import type { ObjectMeta } from '../../../domain/api/object-meta.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { AcceptedFormat } from '../http/accept.ts'
import type { Kind, KubeObject } from '../kind.ts'

export type ListMeta = { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number }
export type IncludeObject = 'None' | 'Metadata' | 'Object'

export function includeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? 'Metadata'
  if (value === '' || value === 'Metadata') return 'Metadata'
  if (value !== 'None' && value !== 'Object')
    throw new StatusError('BadRequest', `includeObject: unsupported value, supported values: None, Metadata, Object`)
  return value
}

const META = 'meta.k8s.io/v1'
const partial = (metadata: ObjectMeta): object => ({ kind: 'PartialObjectMetadata', apiVersion: META, metadata })

/** A Table of objects, as `kubectl get` prints it. Column definitions are only sent with the first event of a watch. */
export function tableOf(
  kind: Kind,
  objects: readonly KubeObject[],
  options: { readonly metadata: object; readonly include: IncludeObject; readonly nowMs: number; readonly columns: boolean },
): object {
  const rows = objects.map((object) => ({
    cells: kind.columns.map(({ value }) => value(object, options.nowMs)),
    object: options.include === 'None' ? null : options.include === 'Object' ? object : partial(object.metadata),
  }))
  const columnDefinitions = options.columns
    ? kind.columns.map(({ name, type, format, priority, description }) => ({
        name,
        type: type === 'date' ? 'string' : type,
        format: format ?? '',
        description,
        priority,
      }))
    : []
  return { kind: 'Table', apiVersion: META, metadata: options.metadata, columnDefinitions, rows }
}

export type Shaping = { readonly kind: Kind; readonly format: AcceptedFormat; readonly include: IncludeObject; readonly nowMs: number }

/** One object in the requested representation. */
export function shapeObject({ kind, format, include, nowMs }: Shaping, object: KubeObject): object {
  const shown = kind.strategy.present(object, nowMs)
  if (format.as === 'Table')
    return tableOf(kind, [shown], { metadata: { resourceVersion: object.metadata.resourceVersion }, include, nowMs, columns: true })
  if (format.as === 'PartialObjectMetadata') return partial(shown.metadata)
  if (format.as === 'PartialObjectMetadataList')
    throw new StatusError('NotAcceptable', 'a PartialObjectMetadataList can only be requested for a list')
  return shown
}

export function shapeList({ kind, format, include, nowMs }: Shaping, objects: readonly KubeObject[], metadata: ListMeta): object {
  const shown = objects.map((object) => kind.strategy.present(object, nowMs))
  if (format.as === 'Table') return tableOf(kind, shown, { metadata, include, nowMs, columns: true })
  if (format.as === 'PartialObjectMetadata')
    throw new StatusError('NotAcceptable', 'a PartialObjectMetadata can only be requested for a single object')
  if (format.as === 'PartialObjectMetadataList')
    return { kind: 'PartialObjectMetadataList', apiVersion: META, metadata, items: shown.map((object) => partial(object.metadata)) }
  return { kind: `${kind.kind}List`, apiVersion: 'jit.access/v1', metadata, items: shown }
}

/** Characters of JSON that are written as YAML in lines. That takes fifty times as long as JSON, during which other requests wait. */
const YAML_LIMIT = 64 * 1024

/** The text of a response. A long one in YAML is written as JSON, which is YAML too. */
export function encode(value: object, format: AcceptedFormat): string {
  const json = JSON.stringify(value)
  return format.media === 'application/yaml' && json.length <= YAML_LIMIT ? stringify(value) : `${json}\n`
}
