import type { Clock } from '../../domain/clock.ts'
import type { Store } from '../storage/port.ts'
import type { Context, Kind, KubeObject } from './kind.ts'
import { fromEntry } from './object.ts'
import type { WriteOptions } from './query.ts'
import { notFound } from './write-errors.ts'

export type Doors = { readonly store: Store; readonly clock: Clock }

/** What every write knows of the request that it works for. */
export type WriteRequest = { readonly doors: Doors; readonly kind: Kind; readonly context: Context; readonly options: WriteOptions }

/** A write: the object as it is now, and what to warn the client of. */
export type Written = { readonly object: KubeObject; readonly warnings: readonly string[] }

/** How often a write that names no version is tried again when another came first: upstream's five times. */
export const RETRIES = 5

export async function getObject(doors: Doors, kind: Kind, name: string): Promise<KubeObject> {
  const entry = await doors.store.get(kind.resource, name)
  if (entry === undefined) throw notFound(kind, name)
  return fromEntry(entry)
}
