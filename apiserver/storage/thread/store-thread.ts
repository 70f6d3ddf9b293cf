import { parentPort, workerData } from 'node:worker_threads'
import type { Store, StoreEvent } from '../port.ts'
import { openSqliteStore } from '../sqlite.ts'
import { sentError, type Replayed, type StoreCall, type StoreMessage, type StoreQuestion, type StoreThreadData } from './messages.ts'

/** The thread of `openThreadedStore`: owns the database file, and waits for the disk. */

/** Resources whose events the other thread wants. */
const watched = new Set<string>()
const send = (message: StoreMessage): void => parentPort?.postMessage(message, [])

/** The events after a version. Those of later commits are sent with the commits. */
async function replay(store: Store, resource: string, after: number): Promise<Replayed> {
  const events: StoreEvent[] = []
  const { stop } = await store.watch(resource, after, (event) => events.push(event))
  stop()
  return events
}

/** Starts each call in the turn in which it arrives, so that commits which arrive together are made durable together. */
function perform(store: Store, call: StoreCall): Promise<unknown> {
  switch (call.call) {
    case 'get':
      return store.get(call.resource, call.name)
    case 'list':
      return store.list(call.resource, call.options)
    case 'commit':
      return store.commit(call.writes)
    case 'watch':
      watched.add(call.resource)
      return replay(store, call.resource, call.after)
    case 'unwatch':
      watched.delete(call.resource)
      return Promise.resolve()
    case 'compact':
      return store.compact(call.version)
    case 'close':
      return store.close()
  }
}

async function serve({ file, nowMs }: StoreThreadData): Promise<void> {
  const store = openSqliteStore(file, nowMs, ({ version, events }) =>
    send({
      version,
      changed: [...new Set(events.map(({ resource }) => resource))],
      events: events.filter(({ resource }) => watched.has(resource)),
    }),
  )
  parentPort?.on('message', ({ id, call }: StoreQuestion) => {
    perform(store, call).then(
      (result) => send({ id, result }),
      (error: unknown) => send({ id, error: sentError(error) }),
    )
  })
  send({ opened: await store.current() })
}

serve(workerData as StoreThreadData).catch((error: unknown) => send({ failed: sentError(error) }))
