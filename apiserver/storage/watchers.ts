import type { StoreEvent } from './port.ts'

export type Watcher = { readonly resource: string; readonly listener: (event: StoreEvent) => void }

/** Passes an event to the watchers of its resource. A listener that throws neither blocks the other listeners nor undoes the commit. */
export function deliver(watchers: Iterable<Watcher>, resource: string, event: StoreEvent): void {
  for (const watcher of watchers) {
    if (watcher.resource !== resource) continue
    try {
      watcher.listener(event)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
