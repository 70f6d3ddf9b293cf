import { openDatabase } from './sqlite-schema.ts'
import { prepareStatements, type EventRow, type ObjectRow } from './sqlite-statements.ts'
import {
  StoreUnavailable,
  VersionExpired,
  VersionTooLarge,
  WriteConflict,
  type Entry,
  type JsonObject,
  type ListOptions,
  type Page,
  type Store,
  type StoreEvent,
  type Write,
} from './port.ts'

type Watcher = { readonly resource: string; readonly listener: (event: StoreEvent) => void }

const parsed = (text: string): JsonObject => JSON.parse(text) as JsonObject
const entryOf = (resource: string, row: ObjectRow): Entry => ({ resource, name: row.name, version: row.version, value: parsed(row.value) })

/** What SQLite throws says that the store cannot be reached or written, such as a full disk; it is no answer about an object. */
function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR') throw new StoreUnavailable(error)
    throw error
  }
}

/**
 * The embedded store. Commits are synchronous, so their order is the order of visibility; watchers hear of a commit in the same
 * turn, after it is durable. The whole file belongs to one process: a second one fails to open it.
 */
export function openSqliteStore(file: string, nowMs: number): Store {
  const opened = openDatabase(file, nowMs)
  const { database } = opened
  const sql = prepareStatements(database)
  let version = opened.version
  const watchers = new Set<Watcher>()

  const checkHistory = (asked: number): void => {
    if (asked > version) throw new VersionTooLarge(asked, version)
    const compacted = (sql.compacted.get() as { value: number }).value
    if (asked < compacted || sql.gap.get(asked) !== undefined) throw new VersionExpired(`version ${asked} is too old`)
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
      sql.log.run(next, position, resource, name, type, text, row?.value ?? null, row?.version ?? 0)
      const event: StoreEvent = {
        type,
        entry: { resource, name, version: next, value: parsed(text) },
        ...(row === undefined ? {} : { previous: parsed(row.value) }),
      }
      return { resource, event }
    })

  /** A listener that throws keeps no other from hearing, and undoes nothing: the commit stands. */
  const tell = (resource: string, event: StoreEvent): void => {
    for (const watcher of watchers) {
      if (watcher.resource !== resource) continue
      try {
        watcher.listener(event)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  const transaction = <T>(work: () => T): T => {
    database.exec('begin immediate')
    try {
      const result = work()
      database.exec('commit')
      return result
    } catch (error) {
      if (database.isTransaction) database.exec('rollback')
      throw error
    }
  }

  const commit = (writes: readonly Write[]): number => {
    const next = version + 1
    const events = transaction(() => {
      const made = apply(writes, next)
      sql.advance.run(next)
      return made
    })
    version = next
    for (const { resource, event } of events) tell(resource, event)
    return next
  }

  const list = (resource: string, options: ListOptions): Page => {
    const at = options.at ?? version
    if (options.at !== undefined) checkHistory(options.at)
    const { page, count } = at === version ? sql.now : sql.then
    const range = { $resource: resource, $after: options.after ?? '', ...(at === version ? {} : { $at: at }) }
    const limit = options.limit === undefined || options.limit <= 0 ? -1 : options.limit
    const rows = page.all({ ...range, $limit: limit }) as unknown as readonly ObjectRow[]
    const last = rows.at(-1)
    const remaining = limit === -1 || rows.length < limit ? 0 : (count.get(range) as { count: number }).count - rows.length
    return {
      entries: rows.map((row) => entryOf(resource, row)),
      version: at,
      remaining,
      ...(remaining > 0 && last !== undefined ? { after: last.name } : {}),
    }
  }

  const watch = (watcher: Watcher, after: number): void => {
    checkHistory(after)
    const rows = sql.since.all(watcher.resource, after) as unknown as readonly EventRow[]
    for (const row of rows) {
      const entry = entryOf(watcher.resource, row)
      watcher.listener({ type: row.type, entry, ...(row.previous === null ? {} : { previous: parsed(row.previous) }) })
    }
    watchers.add(watcher)
  }

  return {
    get: async (resource, name) =>
      guarded(() => {
        const row = sql.get.get(resource, name) as ObjectRow | undefined
        return row === undefined ? undefined : entryOf(resource, row)
      }),
    list: async (resource, options = {}) => guarded(() => list(resource, options)),
    commit: async (writes) => guarded(() => commit(writes)),
    current: async () => version,
    watch: async (resource, after, listener) => {
      const watcher = { resource, listener }
      guarded(() => watch(watcher, after))
      return { stop: () => void watchers.delete(watcher) }
    },
    compact: async (upTo) => guarded(() => transaction(() => sql.compact.forEach((statement) => statement.run(Math.min(upTo, version))))),
    close: async () => {
      watchers.clear()
      database.close()
    },
  }
}
