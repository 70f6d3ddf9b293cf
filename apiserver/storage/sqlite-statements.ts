import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { REQUESTER, SUBJECT, type IndexedField } from './port.ts'
import { fieldSql, indexOf } from './sqlite-schema.ts'

export type ObjectRow = { readonly name: string; readonly version: number; readonly value: string }
export type EventRow = ObjectRow & { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly previous: string | null }

// For an object that changed after the snapshot, its first later event holds the value at the snapshot as `previous`.
const SNAPSHOT = `
  select name, version, value from (
    select name, version, value from objects where resource = $resource and version <= $at
    union all
    select e.name, e.previous_version as version, e.previous as value
    from events e
    where e.resource = $resource and e.version > $at and e.previous is not null
      and e.version = (select min(f.version) from events f where f.resource = e.resource and f.name = e.name and f.version > $at)
  ) where name > $after`

/** Statements for a page and for the number of entries from its start. A $limit of -1 means no limit. */
export type Listing = { readonly page: StatementSync; readonly count: StatementSync }
/** Statements for the current version, which are fast, and for an earlier version. */
type Listings = { readonly now: Listing; readonly past: Listing }

function prepareListings(database: DatabaseSync, field?: IndexedField): Listings {
  // Without `indexed by` the planner would scan every object of the resource in name order.
  const objects = field === undefined ? 'objects' : `objects indexed by ${indexOf(field)}`
  const among = field === undefined ? '' : ` and ${fieldSql(field)} is not null and ${fieldSql(field)} in (select value from json_each($in))`
  const listing = (from: string): Listing => ({
    page: database.prepare(`select name, version, value from ${from}${among} order by name limit $limit`),
    count: database.prepare(`select count(*) as count from ${from}${among}`),
  })
  return { now: listing(`${objects} where resource = $resource and name > $after`), past: listing(`(${SNAPSHOT}) where true`) }
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
