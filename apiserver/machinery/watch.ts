import type { ServerResponse } from 'node:http'
import { API_VERSION } from '../../domain/names.ts'
import { asStatusError } from '../../domain/status-error.ts'
import type { Store, StoreEvent } from '../storage/port.ts'
import { listObjects, versionError } from './list.ts'
import { fromEntry } from './object.ts'
import { shapeObject, tableOf, type Shaping } from './present.ts'
import type { KubeObject } from './kind.ts'
import type { ListQuery } from './query.ts'
import { fieldSelector, labelSelector } from './selectors.ts'

/** Unread bytes after which a slow client is cut off; it lists again. Dropping events instead would lose them. */
const BACKLOG_LIMIT = 4 * 1024 * 1024
const BOOKMARK_MS = 60_000
/** Without a timeout of its own a watch lives 30 to 60 minutes, so that clients spread over replicas: min-request-timeout. */
const DEFAULT_SECONDS = 1800

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED'

/** What a selector makes of a change: an object that begins to match is added, one that ceases to is deleted. */
function seen(event: StoreEvent, matches: (object: KubeObject) => boolean): EventType | undefined {
  const now = event.type !== 'DELETED' && matches(fromEntry(event.entry))
  const before = event.previous !== undefined && matches(fromEntry({ ...event.entry, value: event.previous }))
  if (now) return before ? 'MODIFIED' : 'ADDED'
  return before ? 'DELETED' : undefined
}

export type WatchOptions = { readonly store: Store; readonly shaping: Shaping; readonly query: ListQuery; readonly nowMs: () => number }

/** Serves a watch until the client leaves, its time is up or `stopping` says so. @throws StatusError before the first byte */
export async function serveWatch(response: ServerResponse, options: WatchOptions, stopping: AbortSignal): Promise<void> {
  const { store, shaping, query } = options
  const { kind, format, include } = shaping
  const byLabel = labelSelector(query.labelSelector)
  const byField = fieldSelector(query.fieldSelector, kind)
  const matches = (object: KubeObject): boolean => byLabel(object) && byField(object)
  const fromStart = query.sendInitialEvents ?? (query.resourceVersion === '' || query.resourceVersion === '0')
  const asked = Number(query.resourceVersion === '' ? 0 : query.resourceVersion)

  let sentColumns = false
  const line = (type: string, object: object): void => {
    response.write(`${JSON.stringify({ type, object })}\n`)
    if (response.writableLength > BACKLOG_LIMIT) response.destroy()
  }
  const table = (objects: readonly KubeObject[], metadata: object): object => {
    const shaped = tableOf(kind, objects, { metadata, include, nowMs: options.nowMs(), columns: !sentColumns })
    sentColumns = true
    return shaped
  }
  const send = (type: EventType, object: KubeObject): void => {
    const now = { ...shaping, nowMs: options.nowMs() }
    line(
      type,
      format.as === 'Table'
        ? table([kind.strategy.present(object, now.nowMs)], { resourceVersion: object.metadata.resourceVersion })
        : shapeObject(now, object),
    )
  }
  let latest = 0
  const bookmark = (annotations?: { readonly [key: string]: string }): void => {
    const metadata = { resourceVersion: String(latest), ...(annotations === undefined ? {} : { annotations }) }
    const mark = { kind: kind.kind, apiVersion: API_VERSION, metadata }
    line(
      'BOOKMARK',
      format.as === 'Table'
        ? { ...table([], metadata), rows: [] }
        : format.as === 'Object'
          ? mark
          : { ...mark, kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' },
    )
  }

  let initial: readonly KubeObject[] = []
  let after = asked
  if (fromStart) {
    const everything = { ...query, limit: 0, continueToken: '', resourceVersionMatch: '' as const }
    const list = await listObjects(store, kind, everything)
    initial = list.objects
    after = Number(list.metadata.resourceVersion)
  }
  latest = after
  let begun = false
  const early: StoreEvent[] = []
  const deliver = (event: StoreEvent): void => {
    latest = event.entry.version
    const type = seen(event, matches)
    // A deletion shows the last state that matched, at the version of the change that ended it.
    const value = type === 'DELETED' ? (event.previous ?? event.entry.value) : event.entry.value
    if (type !== undefined) send(type, fromEntry({ ...event.entry, value }))
  }
  const watch = await store
    .watch(kind.resource, after, (event) => (begun ? deliver(event) : early.push(event)))
    .catch((error: unknown) => {
      throw asStatusError(versionError(error, after))
    })

  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private', 'transfer-encoding': 'chunked' })
  response.flushHeaders()
  for (const object of initial) send('ADDED', object)
  if (query.sendInitialEvents === true && query.bookmarks) bookmark({ 'k8s.io/initial-events-end': 'true' })
  begun = true
  for (const event of early) deliver(event)

  const marks = setInterval(
    () => query.bookmarks && void store.current().then((version) => ((latest = Math.max(latest, version)), bookmark())),
    BOOKMARK_MS,
  )
  const seconds = query.timeoutSeconds ?? DEFAULT_SECONDS * (1 + Math.random())
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000)
    const done = (): void => (clearTimeout(timer), resolve())
    response.once('close', done)
    if (stopping.aborted) done()
    stopping.addEventListener('abort', done, { once: true })
  })
  clearInterval(marks)
  watch.stop()
  response.end()
}
