import type { Clock } from '../domain/clock.ts'
import { GROUP } from '../domain/api/names.ts'
import { StatusError } from '../domain/status-error.ts'
import { statusErrorOf, type KubeClient } from './client.ts'
import { lines } from './json-lines.ts'
import { listPages } from './list-pages.ts'

export type Watched = { readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string } }
export type Change<T> = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T; readonly old?: T }

/** A copy of a collection, kept by list and watch. The last good copy stays when the server is away: `staleForMs` says how old it is. */
export type Informer<T> = {
  start(): void
  stop(): void
  /** Whether the collection was read once. */
  synced(): boolean
  whenSynced(signal?: AbortSignal): Promise<void>
  list(): readonly T[]
  /** By name, or `namespace/name`. */
  get(key: string): T | undefined
  /** 0 while a watch is connected and not silent for too long, else the time since it was heard; Infinity before the first. */
  staleForMs(): number
  /**
   * Whether the server, when it was last asked, gave no answer or failed (500 and up, 429). One that says that we may not, or that there is
   * no such collection, is not away.
   */
  away(): boolean
  subscribe(listener: (change: Change<T>) => void): () => void
}

/** How far the copy is, for whoever compares it with another answer of the same API server. */
export type Progress = {
  /** Every change up to this revision was told to the listeners. 0 before the first list, and where versions are no numbers. */
  revision(): bigint
  /** Another number for each watch that was connected; undefined while none is. What a watch had to catch up on comes at its beginning. */
  watchNumber(): number | undefined
}

export type InformerOptions = {
  readonly client: KubeClient
  readonly path: string
  readonly query?: { readonly [name: string]: string }
  readonly clock: Clock
  /** Told why a watch ended abnormally; it is tried again by itself. */
  readonly onTrouble: (error: unknown) => void
  /**
   * How long a watch may be silent. Then it is taken for a connection that is open on our side alone, and made anew: a server
   * sends bookmarks, kube-apiserver every minute, jit-apiserver every ten seconds. Left out: 150 seconds, 30 for our own kinds.
   */
  readonly quietMs?: number
  /** After how many seconds a watch ends and a new one goes on. Two seconds before it does, kube-apiserver sends a bookmark. Left out: 300. */
  readonly watchSeconds?: number
}

const WATCH_SECONDS = 300
const QUIET_MS = 150_000
const OWN_QUIET_MS = 30_000
const LINE_LIMIT = 16 * 1024 * 1024
const BACKOFF_MS = { first: 200, most: 10_000 }
/** A watch that lived this long was a connection that worked. */
const LASTING_MS = 5_000

type WatchLine<T> = { readonly type: string; readonly object: T }

/** A version of an object or a list as kube-apiserver makes them; undefined for any other. */
export const revisionOf = (version: string | undefined): bigint | undefined =>
  version !== undefined && /^\d{1,20}$/.test(version) ? BigInt(version) : undefined

const keyOf = ({ metadata }: Watched): string => (metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`)

/** A connection that broke, or an answer that says that the server cannot answer now. What it sent and we cannot read is none. */
const isFailure = (error: unknown): boolean =>
  error instanceof StatusError ? error.code >= 500 || error.code === 429 : !(error instanceof SyntaxError)

export function createInformer<T extends Watched>(options: InformerOptions): Informer<T> & Progress {
  const { client, path, clock, quietMs = options.path.startsWith(`/apis/${GROUP}/`) ? OWN_QUIET_MS : QUIET_MS } = options
  let items = new Map<string, T>()
  /** What `list` gave last; made anew after a change, since a decision asks for it and changes are rare. */
  let listed: readonly T[] | undefined
  let version = ''
  /** The version up to which listeners were told: `version` runs ahead of them while a list is read. */
  let told = ''
  let watches = 0
  let mustList = true
  let synced = false
  let connected = false
  let lastContactMs = Number.NEGATIVE_INFINITY
  let away = false
  const stopping = new AbortController()
  const listeners = new Set<(change: Change<T>) => void>()
  const waiting = new Set<() => void>()

  const tell = (change: Change<T>): void => {
    for (const listener of listeners) listener(change)
  }

  const readAll = async (): Promise<Map<string, T>> => {
    const fresh = new Map<string, T>()
    const call = { path, query: { ...options.query }, signal: stopping.signal, timeoutMs: 30_000 }
    for await (const page of listPages<T>(client, call)) {
      for (const item of page.items) fresh.set(keyOf(item), item)
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
      if (old === undefined) tell({ type: 'ADDED', object })
      else if (old.metadata.resourceVersion !== object.metadata.resourceVersion) tell({ type: 'MODIFIED', object, old })
    }
    for (const [key, old] of before) if (!items.has(key)) tell({ type: 'DELETED', object: old, old })
    told = version
    for (const ready of waiting) ready()
  }

  const apply = ({ type, object }: WatchLine<T>): void => {
    if (type === 'ERROR') throw statusErrorOf(500, JSON.stringify(object))
    version = object.metadata.resourceVersion ?? version
    if (type === 'BOOKMARK') return void (told = version)
    const key = keyOf(object)
    const old = items.get(key)
    listed = undefined
    if (type === 'DELETED') items.delete(key)
    else if (type === 'ADDED' || type === 'MODIFIED') items.set(key, object)
    else throw new Error(`a watch event of unknown type "${type}"`)
    tell({ type, object, ...(old === undefined ? {} : { old }) })
    told = version
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
    if (answer.status !== 200) throw statusErrorOf(answer.status, await answer.body.text())
    const timer = setTimeout(() => silent.abort(new Error(`the watch was silent for ${quietMs} ms`)), quietMs)
    connected = true
    away = false
    watches += 1
    lastContactMs = clock.nowMs()
    try {
      for await (const line of lines(answer.body as AsyncIterable<Buffer>, LINE_LIMIT)) {
        lastContactMs = clock.nowMs()
        timer.refresh()
        if (line !== '') apply(JSON.parse(line) as WatchLine<T>)
      }
    } finally {
      clearTimeout(timer)
      // A broken watch was last heard when it last said something: what came after, nobody knows.
      if (!silent.signal.aborted) lastContactMs = clock.nowMs()
      connected = false
    }
  }

  /** One list, where one is needed, and one watch. False when it ended abnormally. */
  const turn = async (): Promise<boolean> => {
    try {
      if (mustList) await relist()
      mustList = false
      await watch()
      return true
    } catch (error) {
      if (stopping.signal.aborted) return true
      // Too old a version needs a new list; a broken connection resumes where it was.
      if (error instanceof StatusError && error.code !== 502) mustList = true
      away = isFailure(error)
      options.onTrouble(error)
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
      // A server that ends every watch at once is broken too, and must not be asked without a pause.
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
    revision: () => revisionOf(told) ?? 0n,
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
