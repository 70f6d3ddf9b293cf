import type { Clock } from '../../../domain/clock.ts'
import type { Store } from '../../storage/port.ts'
import type { Context, Kind, KubeObject } from '../kind.ts'
import { fromEntry } from '../object.ts'
import type { WriteOptions } from '../http/query.ts'
import { notFound } from './write-errors.ts'

export type Dependencies = { readonly store: Store; readonly clock: Clock }

/** What every write knows of the request that it works for. */
export type WriteRequest = { readonly deps: Dependencies; readonly kind: Kind; readonly context: Context; readonly options: WriteOptions }

/** A write: the object as it is now, and what to warn the client of. */
export type Written = { readonly object: KubeObject; readonly warnings: readonly string[] }

/** How often a write that names no version is tried again when another came first: upstream's five times. */
export const RETRIES = 5

export async function getObject(deps: Dependencies, kind: Kind, name: string): Promise<KubeObject> {
  const entry = await deps.store.get(kind.resource, name)
  if (entry === undefined) throw notFound(kind, name)
  return fromEntry(entry)
}
