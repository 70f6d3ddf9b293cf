import type { ServerResponse } from 'node:http'
import { asStatusError, StatusError } from '../../domain/status-error.ts'
import type { Store, StoreEvent } from '../storage/port.ts'
import { listObjects, versionError } from './list.ts'
import { fromEntry } from './object.ts'
import { createOutlet } from './outlet.ts'
import type { Shaping } from './present.ts'
import type { KubeObject } from './kind.ts'
import type { ListQuery } from './list-query.ts'
import { fieldSelector, labelSelector } from './selectors.ts'
import { createWatchLines, type EventType } from './watch-lines.ts'

/** Our own watchers take a silence of thirty seconds for a dead connection (kube/informer.ts). */
const BOOKMARK_MS = 10_000
/** Without a timeout of its own a watch lives 30 to 60 minutes, so that clients spread over replicas: min-request-timeout. */
const DEFAULT_SECONDS = 1800
const LONGEST_SECONDS = 86_400
/** Events that may come while a client still reads the state that they change. */
const EARLY_LIMIT = 10_000
/** On a stop watches end over this time, so that their clients do not come back all at once. */
const SPREAD_MS = 2_000

/** What a selector makes of a change: an object that begins to match is added, one that ceases to is deleted. */
function seen(event: StoreEvent, matches: (object: KubeObject) => boolean): EventType | undefined {
  const now = event.type !== 'DELETED' && matches(fromEntry(event.entry))
  const before = event.previous !== undefined && matches(fromEntry({ ...event.entry, value: event.previous }))
  if (now) return before ? 'MODIFIED' : 'ADDED'
  return before ? 'DELETED' : undefined
}

export type WatchOptions = { readonly store: Store; readonly shaping: Shaping; readonly query: ListQuery; readonly nowMs: () => number }

type Start = { readonly initial: readonly KubeObject[]; readonly after: number }

/** Where a watch begins: after the version that it names, or with everything that there is. */
async function startOf({ store, shaping, query }: WatchOptions): Promise<Start> {
  const fromStart = query.sendInitialEvents ?? (query.resourceVersion === '' || query.resourceVersion === '0')
  if (!fromStart) {
    const asked = Number(query.resourceVersion === '' ? 0 : query.resourceVersion)
    return { initial: [], after: asked === 0 ? await store.current() : asked }
  }
  const { objects, metadata } = await listObjects(store, shaping.kind, { ...query, limit: 0, continueToken: '', resourceVersionMatch: '' })
  return { initial: objects, after: Number(metadata.resourceVersion) }
}

/** Resolves when the client has left, the time is up, or the server stops. */
function untilEnd(response: ServerResponse, seconds: number, stopping: AbortSignal): Promise<'gone' | 'timeout' | 'stopping'> {
  return new Promise((resolve) => {
    const end = (why: 'gone' | 'timeout' | 'stopping'): void => {
      clearTimeout(timer)
      stopping.removeEventListener('abort', stop)
      resolve(why)
    }
    const timer = setTimeout(() => end('timeout'), seconds * 1000)
    const stop = (): void => void setTimeout(() => end('stopping'), Math.random() * SPREAD_MS)
    if (response.destroyed) return end('gone')
    response.once('close', () => end('gone'))
    if (stopping.aborted) return stop()
    stopping.addEventListener('abort', stop, { once: true })
  })
}

/** Serves a watch until the client leaves, its time is up or `stopping` says so. @throws StatusError before the first byte */
export async function serveWatch(response: ServerResponse, options: WatchOptions, stopping: AbortSignal): Promise<void> {
  const { store, shaping, query } = options
  const byLabel = labelSelector(query.labelSelector)
  const byField = fieldSelector(query.fieldSelector, shaping.kind)
  const matches = (object: KubeObject): boolean => byLabel(object) && byField(object)
  if (shaping.format.media !== 'application/json') throw new StatusError('NotAcceptable', 'a watch is application/json')

  const { initial, after } = await startOf(options)
  const lines = createWatchLines(shaping, options.nowMs)
  const outlet = createOutlet(response)
  let latest = after
  let begun = false
  const early: StoreEvent[] = []
  const deliver = (event: StoreEvent): void => {
    latest = event.entry.version
    const type = seen(event, matches)
    // A deletion shows the last state that matched, at the version of the change that ended it.
    const value = type === 'DELETED' ? (event.previous ?? event.entry.value) : event.entry.value
    if (type !== undefined) outlet.write(lines.event(type, fromEntry({ ...event.entry, value })))
  }
  const hear = (event: StoreEvent): void => {
    if (begun) return deliver(event)
    early.push(event)
    if (early.length > EARLY_LIMIT) response.destroy()
  }
  const watch = await store.watch(shaping.kind.resource, after, hear).catch((error: unknown) => {
    throw asStatusError(versionError(error, after))
  })
  const marks = setInterval(() => {
    if (!query.bookmarks || !begun) return
    store.current().then(
      (version) => outlet.write(lines.bookmark((latest = Math.max(latest, version)))),
      () => undefined, // a store that is away has no news either
    )
  }, BOOKMARK_MS)

  try {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private', 'transfer-encoding': 'chunked' })
    response.flushHeaders()
    const ended = untilEnd(response, Math.min(query.timeoutSeconds || DEFAULT_SECONDS * (1 + Math.random()), LONGEST_SECONDS), stopping)
    for (const object of initial) {
      outlet.write(lines.event('ADDED', object))
      await outlet.room()
    }
    if (query.sendInitialEvents === true && query.bookmarks) outlet.write(lines.bookmark(after, { 'k8s.io/initial-events-end': 'true' }))
    begun = true
    for (const event of early.splice(0)) deliver(event)
    if ((await ended) === 'timeout' && query.bookmarks) outlet.write(lines.bookmark(latest))
  } finally {
    clearInterval(marks)
    watch.stop()
    if (!response.destroyed) response.end()
  }
}
