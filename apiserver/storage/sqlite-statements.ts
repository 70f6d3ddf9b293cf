import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { REQUESTER, SUBJECT, type IndexedField } from './port.ts'
import { fieldSql, indexOf } from './sqlite-schema.ts'

export type ObjectRow = { readonly name: string; readonly version: number; readonly value: string }
export type EventRow = ObjectRow & { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly previous: string | null }

/**
 * What a resource was at a version: the objects that did not change after it, and for the others the value before their first later event. With
 * min(), SQLite takes the other columns from the row of the minimum. The plus keeps it from searching all events of the resource, since few are later.
 */
const snapshot = (objects: string, among: string): string => `
  select name, version, value from ${objects} where resource = $resource and name > $after and version <= $at${among}
  union all
  select name, version, value from (
    select name, previous_version as version, previous as value, min(version) from events
    where +resource = $resource and version > $at and name > $after group by name
  ) where value is not null${among}`

/** Statements for a page and for the number of entries from its start. A $limit of -1 means no limit. */
export type ListStatements = { readonly page: StatementSync; readonly count: StatementSync }
/** Statements for the current version, which are fast, and for an earlier version. */
type Listings = { readonly now: ListStatements; readonly past: ListStatements }

function prepareListings(database: DatabaseSync, field?: IndexedField): Listings {
  // Without `indexed by` the planner would scan every object of the resource in name order.
  const objects = field === undefined ? 'objects' : `objects indexed by ${indexOf(field)}`
  const among = field === undefined ? '' : ` and ${fieldSql(field)} is not null and ${fieldSql(field)} in (select value from json_each($in))`
  const listing = (rows: string): ListStatements => ({
    page: database.prepare(`${rows} order by name limit $limit`),
    count: database.prepare(`select count(*) as count from (${rows})`),
  })
  const now = `select name, version, value from ${objects} where resource = $resource and name > $after${among}`
  return { now: listing(now), past: listing(snapshot(objects, among)) }
}

export type Statements = Readonly<Record<'get' | 'put' | 'remove' | 'log' | 'advance' | 'compacted' | 'gap' | 'since', StatementSync>> & {
  readonly all: Listings
  readonly by: Readonly<Record<IndexedField, Listings>>
  readonly compact: readonly StatementSync[]
}

export function prepareStatements(database: DatabaseSync): Statements {
  return {
    get: database.prepare('select name, version, value from objects where resource = ? and name = ?'),
    put: database.prepare(
      'insert into objects (resource, name, version, value) values (?, ?, ?, ?) on conflict (resource, name) do update set version = excluded.version, value = excluded.value',
    ),
    remove: database.prepare('delete from objects where resource = ? and name = ?'),
    log: database.prepare(
      'insert into events (version, position, resource, name, type, value, previous, previous_version) values (?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    advance: database.prepare(`update meta set value = ? where key = 'version'`),
    compacted: database.prepare(`select value from meta where key = 'compacted'`),
    gap: database.prepare('select 1 from gaps where after < ?1 and start > ?1'),
    since: database.prepare('select name, version, type, value, previous from events where resource = ? and version > ? order by version, position'),
    all: prepareListings(database),
    by: { [REQUESTER]: prepareListings(database, REQUESTER), [SUBJECT]: prepareListings(database, SUBJECT) },
    compact: [
      database.prepare('delete from events where version <= ?'),
      database.prepare('delete from gaps where start <= ?'),
      database.prepare(`update meta set value = max(value, ?) where key = 'compacted'`),
    ],
  }
}
