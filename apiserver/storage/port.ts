/** Any JSON value. The store does not know the kinds of objects; the machinery does. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** A stored object and the version of the commit that last wrote it. The version is not part of `value`. */
export type StoredEntry = { readonly resource: string; readonly name: string; readonly version: number; readonly value: JsonObject }

/**
 * One write of a commit. `expected` is the version that the object must have now; 0 means that it must not exist. A `value` of null
 * deletes. Compare-and-swap is the only way to write.
 */
export type Write = { readonly resource: string; readonly name: string; readonly expected: number; readonly value: JsonObject | null }

/** An event for a watcher. `entry.version` is the version of the commit, also for deletions; `previous` is the value before it. */
export type StoreEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly entry: StoredEntry
  readonly previous?: JsonObject
  /** Stored size of the value and the previous value, approximately in bytes. */
  readonly size: number
}

export type StoredPage = {
  readonly entries: readonly StoredEntry[]
  /** Stored bytes of each entry, in the order of the entries. */
  readonly sizes: readonly number[]
  /** The version of the snapshot. It is the same for every page of a list. */
  readonly version: number
  /** Set if there are more entries: the name to continue after. */
  readonly after?: string
  /** Number of entries after this page. */
  readonly remaining: number
}

/** Selects entries by a string field, given as a dotted path, and its allowed values. Drivers keep an index for these fields. */
export type Where = { readonly field: IndexedField; readonly in: readonly string[] }

/** Fields that name the owner of an object. They are indexed so that a caller's list reads only the caller's own objects. */
export const REQUESTER = 'spec.requester.username'
export const SUBJECT = 'spec.subject.username'
export type IndexedField = typeof REQUESTER | typeof SUBJECT

export type ListOptions = {
  /** Maximum number of entries in the page. Optional. Defaults to no limit, like 0. */
  readonly limit?: number
  readonly after?: string
  readonly at?: number
  /** Maximum size of the page in bytes; it holds at least one entry. Optional. Defaults to no limit. */
  readonly maxBytes?: number
  readonly where?: Where
}

/** The object changed first, does not exist, or exists already. `current` is its version now, 0 if it does not exist. */
export class WriteConflict extends Error {
  readonly resource: string
  readonly objectName: string
  readonly current: number

  constructor(write: Write, current: number) {
    super(`${write.resource} "${write.name}" is at version ${current}, not ${write.expected}`)
    this.resource = write.resource
    this.objectName = write.name
    this.current = current
  }
}

/** The history of the version was compacted. */
export class VersionExpired extends Error {}
/** The version does not exist yet. */
export class VersionTooLarge extends Error {
  readonly asked: number
  readonly current: number

  constructor(asked: number, current: number) {
    super(`version ${asked} is ahead of ${current}`)
    this.asked = asked
    this.current = current
  }
}

/** The store cannot be read or written now, for example because the disk is full. The call had no effect. The cause is only for the log. */
export class StoreUnavailable extends Error {
  constructor(cause: unknown) {
    super('the store cannot be read or written', { cause })
  }
}

/**
 * Stores objects. Each commit has one version. Versions strictly increase in the order in which commits become visible and are never
 * reused, also across restarts and restored backups. Any call may throw StoreUnavailable. Every driver must pass
 * test/apiserver/storage/suite.ts.
 */
export type Store = {
  get(resource: string, name: string): Promise<StoredEntry | undefined>
  /** Ordered by name. `at` selects the snapshot of that exact version. @throws VersionExpired, VersionTooLarge */
  list(resource: string, options?: ListOptions): Promise<StoredPage>
  /** Applies all writes or none; at most one write per object. Returns the new version. @throws WriteConflict for the first write that conflicts */
  commit(writes: readonly Write[]): Promise<number>
  /** The latest version. Never ahead of the events that watchers have received, since bookmarks rely on it. */
  current(): Promise<number>
  /**
   * Delivers every event of a resource after a version, in order, without gaps or duplicates, until `stop`. The listener may be called before
   * or after `commit` resolves, but never before the commit is durable. It must not throw. @throws VersionExpired, VersionTooLarge
   */
  watch(resource: string, after: number, listener: (event: StoreEvent) => void): Promise<{ stop(): void }>
  /** Removes the history up to and including a version. */
  compact(version: number): Promise<void>
  close(): Promise<void>
}
