import { openDatabase } from './sqlite-schema.ts'
import {
  VersionExpired,
  VersionTooLarge,
  WriteConflict,
  type Entry,
  type JsonObject,
  type Page,
  type Store,
  type StoreEvent,
  type Write,
} from './port.ts'

type ObjectRow = { readonly name: string; readonly version: number; readonly value: string }
type EventRow = ObjectRow & { readonly type: StoreEvent['type']; readonly previous: string | null }
type Watcher = { readonly resource: string; readonly listener: (event: StoreEvent) => void }

const parsed = (text: string): JsonObject => JSON.parse(text) as JsonObject

/**
 * The embedded store. Commits are synchronous, so their order is the order of visibility; watchers hear of a commit in the same
 * turn, after it is durable. The whole file belongs to one process: a second one fails to open it.
 */
export function openSqliteStore(file: string, nowMs: number): Store {
  const { database, before, start } = openDatabase(file, nowMs)
  const sql = {
    get: database.prepare('select name, version, value from objects where resource = ? and name = ?'),
    put: database.prepare(
      'insert into objects (resource, name, version, value) values (?, ?, ?, ?) on conflict (resource, name) do update set version = excluded.version, value = excluded.value',
    ),
    remove: database.prepare('delete from objects where resource = ? and name = ?'),
    log: database.prepare('insert into events (version, position, resource, name, type, value, previous) values (?, ?, ?, ?, ?, ?, ?)'),
    advance: database.prepare(`update meta set value = ? where key = 'version'`),
    compacted: database.prepare(`select value from meta where key = 'compacted'`),
    since: database.prepare('select name, version, type, value, previous from events where resource = ? and version > ? order by version, position'),
    // An object that was written after the snapshot was, at the snapshot, what its first later event says it was before.
    snapshot: database.prepare(`
      select name, version, value from (
        select name, version, value from objects where resource = $resource and version <= $at
        union all
        select e.name, coalesce((select max(p.version) from events p where p.resource = e.resource and p.name = e.name and p.version <= $at), $at) as version, e.previous as value
        from events e
        where e.resource = $resource and e.version > $at and e.previous is not null
          and e.version = (select min(f.version) from events f where f.resource = e.resource and f.name = e.name and f.version > $at)
      ) where name > $after order by name`),
  }
  let version = start
  const watchers = new Set<Watcher>()
  const compacted = (): number => (sql.compacted.get() as { value: number }).value

  const checkHistory = (asked: number): void => {
    if (asked > version) throw new VersionTooLarge(asked, version)
    if (asked < compacted() || (asked > before && asked < start)) throw new VersionExpired(`version ${asked} is too old`)
  }

  const apply = (writes: readonly Write[], next: number): readonly { readonly resource: string; readonly event: StoreEvent }[] =>
    writes.map((write, position) => {
      const { resource, name, value } = write
      const row = sql.get.get(resource, name) as ObjectRow | undefined
      if ((row?.version ?? 0) !== write.expected) throw new WriteConflict(write, row?.version ?? 0)
      if (value === null && row === undefined) throw new WriteConflict(write, 0)
      const type = row === undefined ? 'ADDED' : value === null ? 'DELETED' : 'MODIFIED'
      const text = value === null ? (row?.value ?? '{}') : JSON.stringify(value)
      if (value === null) sql.remove.run(resource, name)
      else sql.put.run(resource, name, next, text)
      sql.log.run(next, position, resource, name, type, text, row?.value ?? null)
      const event: StoreEvent = {
        type,
        entry: { resource, name, version: next, value: parsed(text) },
        ...(row === undefined ? {} : { previous: parsed(row.value) }),
      }
      return { resource, event }
    })

  const commit = (writes: readonly Write[]): number => {
    const next = version + 1
    database.exec('begin immediate')
    let events
    try {
      events = apply(writes, next)
      sql.advance.run(next)
      database.exec('commit')
    } catch (error) {
      if (database.isTransaction) database.exec('rollback')
      throw error
    }
    version = next
    for (const { resource, event } of events) for (const watcher of watchers) if (watcher.resource === resource) watcher.listener(event)
    return next
  }

  const list = (resource: string, options: { readonly limit?: number; readonly after?: string; readonly at?: number }): Page => {
    const at = options.at ?? version
    if (options.at !== undefined) checkHistory(options.at)
    const rows = sql.snapshot.all({ $resource: resource, $at: at, $after: options.after ?? '' }) as unknown as readonly ObjectRow[]
    const shown = options.limit === undefined || options.limit <= 0 ? rows : rows.slice(0, options.limit)
    const last = shown.at(-1)
    const remaining = rows.length - shown.length
    return {
      entries: shown.map((row) => entryOf(resource, row)),
      version: at,
      remaining,
      ...(remaining > 0 && last !== undefined ? { after: last.name } : {}),
    }
  }

  return {
    get: async (resource, name) => {
      const row = sql.get.get(resource, name) as ObjectRow | undefined
      return row === undefined ? undefined : entryOf(resource, row)
    },
    list: async (resource, options = {}) => list(resource, options),
    commit: async (writes) => commit(writes),
    current: async () => version,
    watch: async (resource, after, listener) => {
      checkHistory(after)
      const rows = sql.since.all(resource, after) as unknown as readonly EventRow[]
      for (const row of rows)
        listener({ type: row.type, entry: entryOf(resource, row), ...(row.previous === null ? {} : { previous: parsed(row.previous) }) })
      const watcher = { resource, listener }
      watchers.add(watcher)
      return { stop: () => void watchers.delete(watcher) }
    },
    compact: async (upTo) => {
      database.prepare('delete from events where version <= ?').run(upTo)
      database.prepare(`update meta set value = max(value, ?) where key = 'compacted'`).run(Math.min(upTo, version))
    },
    close: async () => {
      watchers.clear()
      database.close()
    },
  }
}

function entryOf(resource: string, row: ObjectRow): Entry {
  return { resource, name: row.name, version: row.version, value: parsed(row.value) }
}
