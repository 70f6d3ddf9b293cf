import type { Clock } from '../domain/clock.ts'
import { GROUP } from '../domain/api/names.ts'
import { StatusError } from '../domain/status-error.ts'
import { NoCredential, readText, statusErrorOf, UnusableAnswer, type KubeClient } from './client.ts'
import { lines, UnreadableLine } from './json-lines.ts'
import { listPages } from './list-pages.ts'
import { readWatchEvent, type WatchEvent } from './watch-event.ts'

export type Watched = { readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string } }
export type Change<T> = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T; readonly old?: T }

/** A local copy of a collection, kept by list and watch. If the server is away, the last copy stays, and `staleForMs` is its age. */
export type Informer<T> = {
  start(): void
  stop(): void
  /** Whether the collection was listed at least once. */
  synced(): boolean
  whenSynced(signal?: AbortSignal): Promise<void>
  list(): readonly T[]
  /** By name, or `namespace/name`. */
  get(key: string): T | undefined
  /** 0 while a watch is connected and was not silent for too long. Otherwise milliseconds since the last contact; Infinity before the first. */
  staleForMs(): number
  /**
   * Whether the last request got no response, or a failure (500 and above, or 429). A server that denies access, or does not have the
   * collection, is not away.
   */
  away(): boolean
  subscribe(listener: (change: Change<T>) => void): () => void
}

/** The progress of the copy, to compare it with other responses of the same API server. */
export type WatchProgress = {
  /** All changes up to this revision were delivered to the listeners. 0 before the first list, and if versions are not numbers. */
  revision(): bigint
  /** A number that is different for each connected watch. Undefined while none is connected. A watch starts with the changes that it missed. */
  watchNumber(): number | undefined
}

export type InformerOptions = {
  readonly client: KubeClient
  readonly path: string
  readonly query?: { readonly [name: string]: string }
  readonly clock: Clock
  /** Called with the error when a list or watch fails. The informer retries. */
  readonly onError: (error: unknown) => void
  /**
   * How long a watch may be silent, in milliseconds. Then its connection is assumed to be half-open, and the watch is restarted: servers send
   * bookmarks, kube-apiserver every minute, jit-apiserver every ten seconds. Optional. Defaults to 150 seconds, and to 30 for `jit.access`.
   */
  readonly quietMs?: number
  /** The duration of a watch, after which a new one resumes. kube-apiserver sends a bookmark two seconds before. Optional. Defaults to 300. */
  readonly watchSeconds?: number
}

/** `reduce`: what is kept of an object, to save memory. Optional. Defaults to the whole object. */
type Reduces<T> = { readonly reduce?: (object: T) => T }

const WATCH_SECONDS = 300
const QUIET_MS = 150_000
const OWN_QUIET_MS = 30_000
const LINE_LIMIT = 16 * 1024 * 1024
const BACKOFF_MS = { first: 200, most: 10_000 }
/** A watch that lasted this long resets the backoff. */
const LASTING_MS = 5_000

/** Parses a resourceVersion as kube-apiserver makes them. Undefined for any other. */
export const revisionOf = (version: string | undefined): bigint | undefined =>
  version !== undefined && /^\d{1,20}$/.test(version) ? BigInt(version) : undefined

const keyOf = ({ metadata }: Watched): string => (metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`)

/**
 * Whether an error means that the server is away: a broken connection, or a failure status. Data that cannot be parsed does not count, and neither does
 * an own credential that cannot be read: others may still reach the server and revoke what the copy allows.
 */
function isFailure(error: unknown): boolean {
  if (error instanceof UnreadableLine || error instanceof NoCredential || error instanceof UnusableAnswer) return false
  return error instanceof StatusError ? error.code >= 500 || error.code === 429 : true
}

export function createInformer<T extends Watched>(options: InformerOptions & Reduces<T>): Informer<T> & WatchProgress {
  const { reduce = (object: T): T => object } = options
  const { client, path, clock, quietMs = options.path.startsWith(`/apis/${GROUP}/`) ? OWN_QUIET_MS : QUIET_MS } = options
  let items = new Map<string, T>()
  /** The cached result of `list`, since decisions call it often and changes are rare. Cleared on a change. */
  let listed: readonly T[] | undefined
  let version = ''
  /** The version up to which changes were delivered to listeners. `version` is ahead of it while a list is read. */
  let delivered = ''
  let watches = 0
  let mustList = true
  let synced = false
  let connected = false
  let lastContactMs = Number.NEGATIVE_INFINITY
  let away = false
  const stopping = new AbortController()
  const listeners = new Set<(change: Change<T>) => void>()
  const waiting = new Set<() => void>()

  const notify = (change: Change<T>): void => {
    for (const listener of listeners) {
      try {
        listener(change)
      } catch (error) {
        // The other listeners get the change too: one of them ends the streams of a revoked grant.
        options.onError(error)
      }
    }
  }

  const readAll = async (): Promise<Map<string, T>> => {
    const fresh = new Map<string, T>()
    const call = { path, query: { ...options.query }, signal: stopping.signal, timeoutMs: 30_000 }
    for await (const page of listPages<T>(client, call)) {
      for (const item of page.items) fresh.set(keyOf(item), reduce(item))
      version = page.metadata.resourceVersion
    }
    return fresh
  }

  const relist = async (): Promise<void> => {
    const before = items
    items = await readAll()
    listed = undefined
    synced = true
    away = false
    lastContactMs = clock.nowMs()
    for (const [key, object] of items) {
      const old = before.get(key)
      if (old === undefined) notify({ type: 'ADDED', object })
      else if (old.metadata.resourceVersion !== object.metadata.resourceVersion) notify({ type: 'MODIFIED', object, old })
    }
    for (const [key, old] of before) if (!items.has(key)) notify({ type: 'DELETED', object: old, old })
    delivered = version
    for (const ready of waiting) ready()
  }

  const apply = ({ type, object: whole }: WatchEvent<T>): void => {
    version = whole.metadata.resourceVersion ?? version
    if (type === 'BOOKMARK') return void (delivered = version)
    const object = reduce(whole)
    const key = keyOf(object)
    const old = items.get(key)
    listed = undefined
    if (type === 'DELETED') items.delete(key)
    else items.set(key, object)
    notify({ type, object, ...(old === undefined ? {} : { old }) })
    delivered = version
  }

  const watch = async (): Promise<void> => {
    const query = {
      ...options.query,
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: version,
      timeoutSeconds: String(options.watchSeconds ?? WATCH_SECONDS),
    }
    const silent = new AbortController()
    const answer = await client.raw({ method: 'GET', path, query, signal: AbortSignal.any([stopping.signal, silent.signal]) })
    if (answer.status !== 200) throw statusErrorOf(answer.status, await readText(answer.body))
    const timer = setTimeout(() => silent.abort(new Error(`the watch was silent for ${quietMs} ms`)), quietMs)
    connected = true
    away = false
    watches += 1
    lastContactMs = clock.nowMs()
    try {
      for await (const line of lines(answer.body as AsyncIterable<Buffer>, LINE_LIMIT)) {
        lastContactMs = clock.nowMs()
        timer.refresh()
        if (line !== '') apply(readWatchEvent<T>(line))
      }
    } finally {
      clearTimeout(timer)
      // If the watch was silent, the last contact stays at its last line, since later changes may be missing.
      if (!silent.signal.aborted) lastContactMs = clock.nowMs()
      connected = false
    }
  }

  /** Runs one list, if needed, and one watch. Returns false if either fails. */
  const turn = async (): Promise<boolean> => {
    try {
      if (mustList) await relist()
      mustList = false
      await watch()
      return true
    } catch (error) {
      if (stopping.signal.aborted) return true
      // An expired version needs a new list, and so does an event that was not understood. A watch that broke resumes from its version.
      if (error instanceof UnreadableLine || (error instanceof StatusError && error.code !== 502)) mustList = true
      away = isFailure(error)
      options.onError(error)
      return false
    }
  }

  const run = async (): Promise<void> => {
    let wait = BACKOFF_MS.first
    while (!stopping.signal.aborted) {
      const begun = clock.nowMs()
      const well = await turn()
      const lasted = clock.nowMs() - begun >= LASTING_MS
      if (lasted) wait = BACKOFF_MS.first
      if (well && lasted) continue
      // A server that ends every watch at once also needs a backoff.
      await pause(wait, stopping.signal)
      wait = Math.min(wait * 2, BACKOFF_MS.most)
    }
  }

  return {
    start: () => void run(),
    stop: () => stopping.abort(),
    synced: () => synced,
    whenSynced: (signal) =>
      new Promise((resolve, reject) => {
        if (synced) return resolve()
        waiting.add(resolve)
        signal?.addEventListener('abort', () => reject(new Error(`${path} was not read in time`)), { once: true })
      }),
    list: () => (listed ??= [...items.values()]),
    get: (key) => items.get(key),
    staleForMs: () => {
      const age = clock.nowMs() - lastContactMs
      return connected && age <= quietMs ? 0 : age
    },
    away: () => away,
    revision: () => revisionOf(delivered) ?? 0n,
    watchNumber: () => (connected ? watches : undefined),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms * (0.75 + Math.random() / 2))
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}
