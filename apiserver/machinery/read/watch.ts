import type { ServerResponse } from 'node:http'
import { nameInFieldSelector } from '../../../domain/selectors/field-selector.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Store, StoreEvent } from '../../storage/port.ts'
import { completed } from './completed-objects.ts'
import { createEventQueue } from './event-queue.ts'
import { expired, listPages, versionError, type Listed } from './list.ts'
import { fromEntry } from '../object.ts'
import { createWatchWriter } from './watch-writer.ts'
import type { Shaping } from './encode.ts'
import { refusalFor } from '../http/refuse.ts'
import type { KubeObject, Visibility } from '../kind.ts'
import type { ListQuery } from './list-query.ts'
import { createWatchSelection } from './watch-selection.ts'
import { recheck, waitForEnd, type End } from './watch-end.ts'
import { createWatchLines, type WatchLines } from './watch-lines.ts'

/** The informers of jit-access treat thirty seconds of silence as a dead connection (kube/informer.ts). */
const BOOKMARK_MS = 10_000
/** A watch without a timeout lasts 30 to 60 minutes, so that clients spread over replicas, as with kube-apiserver's min-request-timeout. */
const DEFAULT_SECONDS = 1800
const MAX_SECONDS = 86_400

export type WatchOptions = {
  readonly store: Store
  readonly shaping: Shaping
  readonly query: ListQuery
  readonly visibility: Visibility
  /** What the caller may see now. @throws StatusError when the check fails */
  readonly currentVisibility: () => Promise<Visibility>
  readonly nowMs: () => number
}

/** Stored bytes of the initial objects that are in memory at once. A client that does not read them keeps them there, and can open many watches. */
const INITIAL_BYTES = 128 * 1024

type Start = { readonly initial: AsyncIterable<KubeObject>; readonly after: number }

async function* objectsOf(first: Listed, more: AsyncIterable<Listed>): AsyncGenerator<KubeObject> {
  yield* first.objects
  for await (const { objects } of more) yield* objects
}

async function* none(): AsyncGenerator<KubeObject> {}

/** Whether a watch begins with all existing objects. */
const isFromStart = ({ sendInitialEvents, resourceVersion }: ListQuery): boolean =>
  sendInitialEvents ?? (resourceVersion === '' || resourceVersion === '0')

/** Start of a watch: after the requested version, or with all existing objects. */
async function startOf({ store, shaping, query, visibility }: WatchOptions): Promise<Start> {
  if (!isFromStart(query)) {
    const asked = Number(query.resourceVersion === '' ? 0 : query.resourceVersion)
    return { initial: none(), after: asked === 0 ? await store.current() : asked }
  }
  const pages = listPages(
    { store, kind: shaping.kind, visibility, nowMs: shaping.nowMs, pageBytes: INITIAL_BYTES },
    { ...query, limit: 0, continueToken: '', resourceVersionMatch: '' },
  )
  const first = await pages.next()
  if (first.done === true) throw new Error('a list has at least one page')
  return { initial: objectsOf(first.value, pages), after: Number(first.value.metadata.resourceVersion) }
}

/** The last line of a watch. A client whose visibility changed gets Expired, so that it lists again. */
function lastLine(why: End, lines: WatchLines, { latest, bookmarks }: { readonly latest: number; readonly bookmarks: boolean }): string {
  if (why === 'lost') return lines.error(expired())
  return why === 'timeout' && bookmarks ? lines.bookmark(latest) : ''
}

/** Serves a watch until the client disconnects, it times out or `stopping` aborts. @throws StatusError before the first byte */
export async function serveWatch(response: ServerResponse, options: WatchOptions, stopping: AbortSignal): Promise<void> {
  const { store, shaping, query, visibility } = options
  const selected = createWatchSelection({ kind: shaping.kind, query, startMs: shaping.nowMs, fromStart: isFromStart(query), nowMs: options.nowMs })
  if (shaping.format.media !== 'application/json') throw new StatusError('NotAcceptable', 'a watch is application/json')

  const { initial, after } = await startOf(options)
  const lines = createWatchLines(shaping, options.nowMs)
  const writer = createWatchWriter(response)
  const lost = new AbortController()
  let latest = after
  const shown = (object: KubeObject): Promise<KubeObject> => completed({ kind: shaping.kind, nowMs: options.nowMs() }, object)
  const deliver = async (event: StoreEvent): Promise<void> => {
    const type = (await visibility.sees(fromEntry(event.entry))) ? await selected.change(event) : undefined
    // A deletion event has the last matching state, with the version of the change.
    const value = type === 'DELETED' ? (event.previous ?? event.entry.value) : event.entry.value
    const object = type === undefined ? undefined : await shown(fromEntry({ ...event.entry, value }))
    if (type !== undefined && object !== undefined && !lost.signal.aborted) writer.write(lines.event(type, object))
    latest = event.entry.version
  }
  const queue = createEventQueue(deliver, () => response.destroy())
  // Each held operation has a watch for one name. Most events are for other names, and there are hundreds of such watches.
  const only = nameInFieldSelector(query.fieldSelector)
  const watch = await store
    .watch(shaping.kind.resource, after, (event) => {
      if (only === '' || only === event.entry.name) queue.push(event)
    })
    .catch((error: unknown) => {
      throw refusalFor(versionError(error, after))
    })
  let begun = false
  const marks = setInterval(() => {
    if (!query.bookmarks || !begun) return
    store.current().then(
      (version) => {
        if (queue.idle()) latest = Math.max(latest, version)
        writer.write(lines.bookmark(latest))
      },
      () => undefined, // without a store there are no new versions
    )
  }, BOOKMARK_MS)
  const checks = recheck(visibility, options.currentVisibility, () => lost.abort())

  try {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private', 'transfer-encoding': 'chunked' })
    response.flushHeaders()
    const seconds = Math.min(query.timeoutSeconds || DEFAULT_SECONDS * (1 + Math.random()), MAX_SECONDS)
    const ended = waitForEnd(response, seconds, { stopping, lost: lost.signal })
    for await (const object of initial) {
      const added = await shown(object)
      if (lost.signal.aborted || !writer.open()) break
      writer.write(lines.event('ADDED', added))
      selected.added(object)
      await writer.room()
    }
    if (query.sendInitialEvents === true && query.bookmarks) writer.write(lines.bookmark(after, { 'k8s.io/initial-events-end': 'true' }))
    begun = true
    queue.begin()
    writer.write(lastLine(await ended, lines, { latest, bookmarks: query.bookmarks }))
  } finally {
    clearInterval(marks)
    checks.stop()
    watch.stop()
    if (!response.destroyed) response.end()
  }
}
