import type { Clock } from '../../../domain/clock.ts'
import type { Store } from '../../storage/port.ts'
import type { RequestContext, Kind, KubeObject } from '../kind.ts'
import { fromEntry } from '../object.ts'
import type { WriteOptions } from '../http/query.ts'
import { notFound } from './write-errors.ts'

export type WriteDependencies = { readonly store: Store; readonly clock: Clock }

/** The request that a write handles. */
export type WriteRequest = { readonly deps: WriteDependencies; readonly kind: Kind; readonly context: RequestContext; readonly options: WriteOptions }

/** Result of a write: the stored object, and warnings for the client. */
export type Written = { readonly object: KubeObject; readonly warnings: readonly string[] }

/** Retries of a write without a resourceVersion after a conflict. Five, as upstream. */
export const RETRIES = 5

export async function getObject(deps: WriteDependencies, kind: Kind, name: string): Promise<KubeObject> {
  const entry = await deps.store.get(kind.resource, name)
  if (entry === undefined) throw notFound(kind, name)
  return fromEntry(entry)
}
