import { Worker } from 'node:worker_threads'
import { createListCache } from '../list-cache.ts'
import { StoreUnavailable, type Store, type StoredEntry, type StoredPage, type Write } from '../port.ts'
import { deliver, type Watcher } from '../watchers.ts'
import {
  receivedError,
  type Replayed,
  type StoreAnswer,
  type StoreCall,
  type StoreCommits,
  type StoreMessage,
  type StoreThreadData,
} from './messages.ts'

type Pending = { readonly received: (result: unknown) => void; readonly reject: (error: Error) => void; readonly writes: readonly Write[] }

export type ThreadedStoreOptions = {
  /** Called when the thread ends although nobody closed the store. Every call throws StoreUnavailable from then on. */
  readonly failed: (error: unknown) => void
  readonly startThread?: (data: StoreThreadData) => Worker
}

const startStoreThread = (data: StoreThreadData): Worker =>
  new Worker(new URL('./store-thread.ts', import.meta.url), { execArgv: [], workerData: data })

const ended = (): StoreUnavailable => new StoreUnavailable(new Error('the thread of the store has ended'))

/**
 * Opens the SQLite store in a thread of its own, which waits for the disk: each commit is on disk before it is visible, and a busy disk takes seconds
 * for that. This thread answers meanwhile what needs no store, such as discovery, for which kube-apiserver waits five seconds, and the probes of the
 * kubelet. Whole lists of small resources are kept here, since each request reads several.
 *
 * The thread sends results and commits in one order. So what is kept here, and `current`, are never older than a result that a caller has received.
 * @throws what `openSqliteStore` throws; the error of SQLite keeps its `errcode`
 */
export async function openThreadedStore(
  file: string,
  nowMs: number,
  { failed, startThread = startStoreThread }: ThreadedStoreOptions,
): Promise<Store> {
  const worker = startThread({ file, nowMs })
  const opening = Promise.withResolvers<number>()
  const pending = new Map<number, Pending>()
  const watchers = new Set<Watcher>()
  const lists = createListCache()
  let state: 'opening' | 'open' | 'closed' = 'opening'
  let version = 0
  let count = 0

  const answered = (answer: StoreAnswer): void => {
    const call = pending.get(answer.id)
    pending.delete(answer.id)
    if (call === undefined) return
    if ('error' in answer) call.reject(receivedError(answer.error, call.writes))
    else call.received(answer.result)
  }
  const committed = ({ version: at, changed, events }: StoreCommits): void => {
    for (const resource of changed) lists.changed(resource)
    for (const { resource, event } of events) deliver(watchers, resource, event)
    version = at
  }
  const over = (error: Error): void => {
    opening.reject(error)
    for (const { reject } of pending.values()) reject(error)
    pending.clear()
    watchers.clear()
    lists.clear()
    if (state === 'open') failed(error)
    state = 'closed'
  }
  worker.on('message', (message: StoreMessage) => {
    if ('id' in message) answered(message)
    else if ('opened' in message) opening.resolve(message.opened)
    else if ('failed' in message) opening.reject(receivedError(message.failed))
    else committed(message)
  })
  worker.once('error', (cause) => over(new StoreUnavailable(cause)))
  worker.once('exit', () => over(ended()))
  // A result that cannot be read would leave its call without an answer.
  worker.once('messageerror', (cause) => over(new StoreUnavailable(cause)))

  /** `received` runs before the next message of the thread is read. */
  const ask = <T>(call: StoreCall, received: (result: unknown) => T): Promise<T> =>
    new Promise((resolve, reject) => {
      if (state === 'closed') return reject(ended())
      const id = ++count
      worker.postMessage({ id, call }, [])
      pending.set(id, {
        received: (result) => resolve(received(result)),
        reject,
        writes: call.call === 'commit' ? call.writes : [],
      })
    })
  /** Watches of each resource, from the call on. */
  const watches = new Map<string, number>()
  const unwatch = (resource: string): void => {
    const left = (watches.get(resource) ?? 0) - 1
    if (left > 0) return void watches.set(resource, left)
    watches.delete(resource)
    ask({ call: 'unwatch', resource }, () => undefined).catch(() => undefined) // the thread has ended, and sends nothing
  }
  const watch = (watcher: Watcher, after: number): Promise<{ readonly stop: () => void }> => {
    const { resource } = watcher
    watches.set(resource, (watches.get(resource) ?? 0) + 1)
    return ask({ call: 'watch', resource, after }, (result) => {
      for (const event of result as Replayed) deliver([watcher], resource, event)
      watchers.add(watcher)
      return {
        stop: () => {
          if (watchers.delete(watcher)) unwatch(resource)
        },
      }
    })
  }

  try {
    version = await opening.promise
  } catch (error) {
    await worker.terminate()
    throw error
  }
  state = 'open'
  return {
    get: (resource, name) => ask({ call: 'get', resource, name }, (result) => result as StoredEntry | undefined),
    list: async (resource, options) => {
      const kept = options === undefined && state === 'open' ? lists.get(resource) : undefined
      if (kept !== undefined) return { ...kept, version, remaining: 0 }
      return await ask({ call: 'list', resource, options }, (result) => {
        const page = result as StoredPage
        return options === undefined ? lists.keep(resource, page) : page
      })
    },
    commit: (writes) => ask({ call: 'commit', writes }, (result) => result as number),
    current: () => (state === 'closed' ? Promise.reject(ended()) : Promise.resolve(version)),
    watch: async (resource, after, listener) => {
      try {
        return await watch({ resource, listener }, after)
      } catch (error) {
        unwatch(resource)
        throw error
      }
    },
    compact: (upTo) => ask({ call: 'compact', version: upTo }, () => undefined),
    close: async () => {
      if (state !== 'open') return
      const closing = ask({ call: 'close' }, () => undefined)
      state = 'closed'
      await closing
      await worker.terminate()
    },
  }
}
