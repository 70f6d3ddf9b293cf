import { DatabaseSync } from 'node:sqlite'
import { REQUESTER, SUBJECT, type IndexedField } from './port.ts'

/** On opening, the version becomes at least the clock's seconds times this, so that a restored backup cannot reuse versions. */
const VERSIONS_A_SECOND = 1000

/** `gaps`: version ranges that were skipped on opening. A client that sends such a version got it from a database that was replaced. */
const TABLES = `
create table if not exists meta (key text primary key, value integer not null) strict;
create table if not exists gaps (after integer primary key, start integer not null) strict;
create table if not exists objects (
  resource text not null, name text not null, version integer not null, value text not null,
  primary key (resource, name)
) strict, without rowid;
create table if not exists events (
  version integer not null, position integer not null, resource text not null, name text not null,
  type text not null, value text not null, previous text, previous_version integer not null,
  primary key (version, position)
) strict, without rowid;
create index if not exists events_by_name on events (resource, name, version);
`

/** The expression of a field. SQLite uses an index only for exactly the same expression. */
export const fieldSql = (field: IndexedField): string => `json_extract(value, '$.${field}')`

export const indexOf = (field: IndexedField): string => `"objects_by_${field}"`

const INDEXES = ([REQUESTER, SUBJECT] as const)
  .map(
    (field) => `create index if not exists ${indexOf(field)} on objects (resource, ${fieldSql(field)}, name) where ${fieldSql(field)} is not null;`,
  )
  .join('\n')

/** Stored in the file. Files with another version are refused. */
const SCHEMA_VERSION = 1

function checkSchema(database: DatabaseSync, file: string): void {
  const { user_version: found } = database.prepare('pragma user_version').get() as { user_version: number }
  const { tables } = database.prepare(`select count(*) as tables from sqlite_schema`).get() as { tables: number }
  if (found === SCHEMA_VERSION) return
  if (tables > 0)
    throw new Error(
      `${file} has schema version ${found}, this program reads ${SCHEMA_VERSION}: start the version that made it, or move the file away`,
    )
  database.exec(`pragma user_version = ${SCHEMA_VERSION}`)
}

export type OpenedDatabase = { readonly database: DatabaseSync; /** The latest version, including skipped ones. */ readonly version: number }

/**
 * Opens or creates the database. It uses WAL, and every commit is on disk before it is visible. Only one process at a time can hold it.
 * @throws the driver's error when the file cannot be opened or another process holds it
 */
export function openDatabase(file: string, nowMs: number): OpenedDatabase {
  const database = new DatabaseSync(file)
  try {
    database.exec('pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000;')
    database.exec('begin immediate')
    checkSchema(database, file)
    database.exec(TABLES)
    database.exec(INDEXES)
    const row = database.prepare(`select value from meta where key = 'version'`).get() as { value: number } | undefined
    const before = row?.value ?? 0
    const version = Math.max(before, Math.floor(nowMs / 1000) * VERSIONS_A_SECOND)
    if (version > before) database.prepare('insert or ignore into gaps values (?, ?)').run(before, version)
    database.prepare(`insert into meta values ('version', ?) on conflict (key) do update set value = excluded.value`).run(version)
    database.exec(`insert or ignore into meta values ('compacted', 0)`)
    database.exec('commit')
    return { database, version }
  } catch (error) {
    database.close()
    throw error
  }
}
