import { API_VERSION } from '../../../domain/api/names.ts'
import type { StatusError } from '../../../domain/status-error.ts'
import type { KubeObject } from '../kind.ts'
import { shapeObject, tableOf, type Shaping } from './encode.ts'

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED'

/** Formats the events of one watch as lines, in the requested representation. */
export type WatchLines = {
  event(type: EventType, object: KubeObject): string
  bookmark(version: number, annotations?: { readonly [key: string]: string }): string
  /** The error that ends the watch. */
  error(error: StatusError): string
}

const line = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`

export function createWatchLines(shaping: Shaping, nowMs: () => number): WatchLines {
  const { kind, format, include } = shaping
  let sentColumns = false
  // Only the first Table has columns: kubectl prints a header for every Table that has them.
  const table = (objects: readonly KubeObject[], metadata: object): object => {
    const shaped = tableOf(kind, objects, { metadata, include, nowMs: nowMs(), columns: !sentColumns })
    sentColumns = true
    return shaped
  }
  return {
    error: (error) => line('ERROR', error.toStatus()),
    event: (type, object) => {
      const now = nowMs()
      if (format.as !== 'Table') return line(type, shapeObject({ ...shaping, nowMs: now }, object))
      return line(type, table([kind.strategy.present(object, now)], { resourceVersion: object.metadata.resourceVersion }))
    },
    bookmark: (version, annotations) => {
      const metadata = { resourceVersion: String(version), ...(annotations === undefined ? {} : { annotations }) }
      if (format.as === 'Table') {
        const row = { cells: kind.columns.map(() => null), object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata } }
        return line('BOOKMARK', { ...table([], metadata), rows: [row] })
      }
      const names =
        format.as === 'Object' ? { kind: kind.kind, apiVersion: API_VERSION } : { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' }
      return line('BOOKMARK', { ...names, metadata })
    },
  }
}
