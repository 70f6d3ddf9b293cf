import { hasErrorCode } from '../../server/system-error.ts'
import { createGroupCommit, type Result } from './group-commit.ts'
import { createKnownCounts, createListCache } from './list-cache.ts'
import { openDatabase } from './sqlite-schema.ts'
import { prepareStatements, type EventRow, type ObjectRow } from './sqlite-statements.ts'
import { deliver, type Watcher } from './watchers.ts'
import {
  StoreUnavailable,
  VersionExpired,
  VersionTooLarge,
  WriteConflict,
  type StoredEntry,
  type JsonObject,
  type ListOptions,
  type StoredPage,
  type Store,
  type StoreEvent,
  type Write,
} from './port.ts'

/** What a commit changed, or several of one turn of the event loop. `version` is that of the last one. */
export type Committed = { readonly version: number; readonly events: readonly StoreEventOf[] }
export type StoreEventOf = { readonly resource: string; readonly event: StoreEvent }

type Range = { readonly $resource: string; readonly $after: string; readonly $at?: number; readonly $in?: string }

/** Placeholder row of an object that does not exist. */
const NEW = { version: 0, value: null } as const

const parsed = (text: string): JsonObject => JSON.parse(text) as JsonObject
const eventOf = (type: StoreEvent['type'], entry: StoredEntry, { value, previous }: Pick<EventRow, 'value' | 'previous'>): StoreEvent => {
  const size = Buffer.byteLength(value) + Buffer.byteLength(previous ?? '')
  return { type, entry, size, ...(previous === null ? {} : { previous: parsed(previous) }) }
}
const entryOf = (resource: string, row: ObjectRow): StoredEntry => ({ resource, name: row.name, version: row.version, value: parsed(row.value) })

/** Turns SQLite errors, such as a full disk, into StoreUnavailable. They never mean anything about an object. */
function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (hasErrorCode(error, 'ERR_SQLITE_ERROR')) throw new StoreUnavailable(error)
    throw error
  }
}

/** SQLite takes -1 for no limit. */
const limitOf = ({ limit = 0 }: ListOptions): number => (limit > 0 ? limit : -1)

/** Reads rows up to a limit. `full`: there may be more. At the size limit one row too many is read and dropped. */
function readRows(
  all: Iterable<ObjectRow>,
  { limit = 0, maxBytes = Number.POSITIVE_INFINITY }: ListOptions,
): { readonly rows: readonly ObjectRow[]; readonly sizes: readonly number[]; readonly full: boolean } {
  const rows: ObjectRow[] = []
  const sizes: number[] = []
  let bytes = 0
  for (const row of all) {
    const size = Buffer.byteLength(row.value)
    bytes += size
    if (rows.length > 0 && bytes > maxBytes) return { rows, sizes, full: true }
    rows.push(row)
    sizes.push(size)
  }
  return { rows, sizes, full: rows.length === limit }
}

/**
 * The embedded store. Commits become visible in their order, those of one turn of the event loop together. Watchers receive a commit in the turn in
 * which it becomes durable. One process owns the whole file: a second one fails to open it.
 *
 * Each call waits for the disk in the thread that makes it, for as long as the disk takes. Servers open it in a thread of its own, with
 * `openThreadedStore`. `committed` is called before the watchers. Optional. Defaults to nobody.
 */
export function openSqliteStore(file: string, nowMs: number, committed?: (commits: Committed) => void): Store {
  const opened = openDatabase(file, nowMs)
  const { database } = opened
  const sql = prepareStatements(database)
  let version = opened.version
  const watchers = new Set<Watcher>()
  const lists = createListCache()
  const counts = createKnownCounts()

  const checkHistory = (asked: number): void => {
    if (asked > version) throw new VersionTooLarge(asked, version)
    const compacted = (sql.compacted.get() as { value: number }).value
    if (asked < compacted || sql.gap.get(asked) !== undefined) throw new VersionExpired(`version ${asked} is too old`)
  }

  const store = (write: Write, row: ObjectRow | undefined, next: number): { readonly type: StoreEvent['type']; readonly text: string } => {
    const { resource, name, value } = write
    if (value !== null) {
      const text = JSON.stringify(value)
      sql.put.run(resource, name, next, text)
      return { type: row === undefined ? 'ADDED' : 'MODIFIED', text }
    }
    sql.remove.run(resource, name)
    return { type: 'DELETED', text: row?.value ?? 'null' }
  }

  /** The row that a write replaces. @throws WriteConflict */
  const replaced = (write: Write): ObjectRow | undefined => {
    const row = sql.get.get(write.resource, write.name) as ObjectRow | undefined
    const current = row?.version ?? 0
    if (current !== write.expected || (write.value === null && row === undefined)) throw new WriteConflict(write, current)
    return row
  }

  /** All writes of one commit. Conflicts are found before the first write, so that a commit that conflicts leaves nothing to undo. */
  const apply = (writes: readonly Write[], next: number): readonly StoreEventOf[] => {
    const rows = writes.map(replaced)
    return writes.map((write, position) => {
      const { resource, name } = write
      const row = rows[position]
      const { version: current, value: previous } = row ?? NEW
      const { type, text } = store(write, row, next)
      sql.log.run(next, position, resource, name, type, text, previous, current)
      const entry = { resource, name, version: next, value: parsed(text) }
      return { resource, event: eventOf(type, entry, { value: text, previous }) }
    })
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

  const commitAll = (all: readonly (readonly Write[])[]): readonly Result[] => {
    let next = version
    const events: StoreEventOf[] = []
    const one = (writes: readonly Write[]): Result => {
      try {
        events.push(...apply(writes, next + 1))
        return (next += 1)
      } catch (error) {
        if (error instanceof WriteConflict) return error
        throw error
      }
    }
    const results = transaction(() => {
      const made = all.map(one)
      if (next > version) sql.advance.run(next)
      return made
    })
    version = next
    for (const { resource } of events) lists.changed(resource)
    if (events.length > 0) committed?.({ version, events })
    for (const { resource, event } of events) deliver(watchers, resource, event)
    return results
  }
  const group = createGroupCommit((all) => guarded(() => commitAll(all)))

  /** A statement accepts only the parameters that it names. */
  const rangeOf = (resource: string, { after = '', at = version, where }: ListOptions): Range => ({
    $resource: resource,
    $after: after,
    ...(at === version ? {} : { $at: at }),
    ...(where === undefined ? {} : { $in: JSON.stringify(where.in) }),
  })

  const list = (resource: string, options: ListOptions): StoredPage => {
    const at = options.at ?? version
    if (at !== version) checkHistory(at)
    const listings = options.where === undefined ? sql.all : sql.by[options.where.field]
    const { page, count } = at === version ? listings.now : listings.past
    const range = rangeOf(resource, options)
    const limit = limitOf(options)
    const of = JSON.stringify([resource, at, options.where])
    const read = readRows(page.iterate({ ...range, $limit: limit }) as Iterable<ObjectRow>, { ...options, limit })
    const found = { entries: read.rows.map((row) => entryOf(resource, row)), sizes: read.sizes, version: at }
    const last = read.full ? read.rows.at(-1) : undefined
    if (last === undefined) return { ...found, remaining: 0 }
    const counted = counts.get(of, range.$after) ?? (count.get(range) as { count: number }).count
    const remaining = counted - read.rows.length
    counts.set(of, last.name, remaining)
    return { ...found, remaining, ...(remaining > 0 ? { after: last.name } : {}) }
  }

  /** Every entry, as it is now. */
  const listAll = (resource: string): StoredPage => {
    const kept = lists.get(resource)
    return kept === undefined ? lists.keep(resource, list(resource, {})) : { ...kept, version, remaining: 0 }
  }

  const watch = (watcher: Watcher, after: number): void => {
    checkHistory(after)
    for (const row of sql.since.iterate(watcher.resource, after) as Iterable<EventRow>) {
      const entry = entryOf(watcher.resource, row)
      watcher.listener(eventOf(row.type, entry, row))
    }
    watchers.add(watcher)
  }

  return {
    get: async (resource, name) =>
      guarded(() => {
        const row = sql.get.get(resource, name) as ObjectRow | undefined
        return row === undefined ? undefined : entryOf(resource, row)
      }),
    list: async (resource, options) => guarded(() => (options === undefined ? listAll(resource) : list(resource, options))),
    commit: (writes) => group.add(writes),
    current: async () => version,
    watch: async (resource, after, listener) => {
      const watcher = { resource, listener }
      guarded(() => watch(watcher, after))
      return { stop: () => void watchers.delete(watcher) }
    },
    compact: async (upTo) => guarded(() => transaction(() => sql.compact.forEach((statement) => statement.run(Math.min(upTo, version))))),
    close: async () => {
      group.flush()
      watchers.clear()
      lists.clear()
      database.close()
    },
  }
}
