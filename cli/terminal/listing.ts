import { stringify } from 'yaml'
import { API_VERSION } from '../../domain/api/names.ts'
import { columns } from './columns.ts'
import { shortName, type ListingFormat } from './output-formats.ts'
import type { IO } from './io.ts'
import { withoutManagedFields } from './print-as.ts'

type Item = { readonly kind?: string; readonly metadata: { readonly name: string } }

export type ListedObjects<T extends Item> = {
  /** Kind of the items, for example AccessGrant. */
  readonly kind: string
  readonly items: readonly T[]
  /** Version of the list, from which a watch can continue. Optional. Defaults to none. */
  readonly resourceVersion?: string
}

/** Prints a list of objects for programs. */
export function printObjects<T extends Item>(
  io: IO,
  format: 'json' | 'yaml' | 'name',
  { kind, items, resourceVersion = '' }: ListedObjects<T>,
): void {
  const list = { apiVersion: API_VERSION, kind: `${kind}List`, metadata: { resourceVersion }, items: items.map(withoutManagedFields) }
  if (format === 'json') io.print(`${JSON.stringify(list, null, 4)}\n`)
  else if (format === 'yaml') io.print(stringify(list, { aliasDuplicateObjects: false }))
  else io.print(items.map(({ metadata }) => `${shortName({ kind, metadata })}\n`).join(''))
}

export type Listing<T extends Item> = ListedObjects<T> & {
  /** Printed on standard error instead of a table without rows. */
  readonly none: string
  readonly headings: readonly string[]
  /** Additional columns of `-o wide`. */
  readonly wideHeadings: readonly string[]
  readonly row: (item: T) => readonly string[]
  readonly wideCells: (item: T) => readonly string[]
}

/** Prints a list of objects as `kubectl get` does. */
export function printListing<T extends Item>(io: IO, format: ListingFormat, listing: Listing<T>): void {
  if (format !== undefined && format !== 'wide') return printObjects(io, format, listing)
  const { items, headings, wideHeadings } = listing
  if (items.length === 0) return io.note(listing.none)
  const wide = format === 'wide'
  const rows = items.map((item) => [...listing.row(item), ...(wide ? listing.wideCells(item) : [])])
  io.print(columns([...headings, ...(wide ? wideHeadings : [])], rows, wide ? undefined : io.width))
}
