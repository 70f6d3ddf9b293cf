/** Any JSON object; the machinery above knows its kind. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** A stored object and the version of the commit that last wrote it. The version is not part of `value`. */
export type Entry = { readonly resource: string; readonly name: string; readonly version: number; readonly value: JsonObject }

/**
 * One write of a commit. `expected` is the version that the object must have now: 0 that it must not exist. `value` null
 * deletes. Compare-and-swap is the only way to write.
 */
export type Write = { readonly resource: string; readonly name: string; readonly expected: number; readonly value: JsonObject | null }

/** What a watcher hears. `entry.version` is that of the commit, for deletions too; `previous` is what was there before it. */
export type StoreEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly entry: Entry
  readonly previous?: JsonObject
  /** Bytes that it takes as it is stored. */
  readonly size: number
}

export type Page = {
  readonly entries: readonly Entry[]
  /** Bytes that each entry takes, in the order of the entries. */
  readonly sizes: readonly number[]
  /** The version of the snapshot; every page of one list has the same. */
  readonly version: number
  /** Set when there is more: the name to go on after. */
  readonly after?: string
  /** How many entries are left after this page. */
  readonly remaining: number
}

/** A text field of a value, by the names that lead to it, and what it may be. Drivers keep an index for these fields. */
export type Where = { readonly field: IndexedField; readonly in: readonly string[] }

/** Who an object belongs to: callers see what is theirs, and pay for no more. */
export const REQUESTER = 'spec.requester.username'
export const SUBJECT = 'spec.subject.username'
export type IndexedField = typeof REQUESTER | typeof SUBJECT

export type ListOptions = {
  /** Most entries of the page. Left out or 0: no limit. */
  readonly limit?: number
  readonly after?: string
  readonly at?: number
  /** Bytes at which the page ends; it holds one entry at least. Left out: no limit. */
  readonly maxBytes?: number
  readonly where?: Where
}

/** Somebody else wrote first, or the object is (not) there. `current` is its version now, 0 for none. */
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

/** A version whose history is gone. */
export class VersionExpired extends Error {}
/** A version that has not been given yet. */
export class VersionTooLarge extends Error {
  readonly current: number

  constructor(asked: number, current: number) {
    super(`version ${asked} is ahead of ${current}`)
    this.current = current
  }
}

/** The store cannot be read or written now, as with a full disk. Nothing of the call was done. The cause is for the log alone. */
export class StoreUnavailable extends Error {
  constructor(cause: unknown) {
    super('the store cannot be read or written', { cause })
  }
}

/**
 * Where objects live. One commit has one version; versions strictly increase in the order in which commits become visible and
 * are never given twice, over restarts and restored backups. Any call may throw StoreUnavailable. Every driver passes test/apiserver/storage/suite.ts.
 */
export type Store = {
  get(resource: string, name: string): Promise<Entry | undefined>
  /** Ordered by name. `at` asks for that very snapshot. @throws VersionExpired, VersionTooLarge */
  list(resource: string, options?: ListOptions): Promise<Page>
  /** All writes or none; one write an object. Gives the version. @throws WriteConflict for the first write that does not fit */
  commit(writes: readonly Write[]): Promise<number>
  /** The last version given. Never ahead of what the watchers have heard: bookmarks rest on it. */
  current(): Promise<number>
  /**
   * Every later event of a resource in order, without gap or duplicate, until `stop`. The listener is called before `commit`
   * resolves or after, but never before the commit is durable; it does not throw. @throws VersionExpired, VersionTooLarge
   */
  watch(resource: string, after: number, listener: (event: StoreEvent) => void): Promise<{ stop(): void }>
  /** Forgets the history up to and including a version. */
  compact(version: number): Promise<void>
  close(): Promise<void>
}
