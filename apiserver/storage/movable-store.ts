import { absentStore } from './absent-store.ts'
import type { Store } from './port.ts'

/** A store that can be handed over to another process. While this process does not hold it, every call throws StoreUnavailable. */
export type MovableStore = {
  readonly store: Store
  /** Aborts when watches of the current store must end. */
  here(): AbortSignal
  /** Called when this process stops. The store itself stays open for a while. */
  endWatches(): void
  take(store: Store): void
  /** Closes the store. Calls in progress succeed or fail as a whole: the store makes the commits durable that it has accepted, then closes. */
  give(): Promise<void>
}

/** Abort reason of `here` when the store has moved to another process, where watches should resume at once. */
export const MOVED = 'moved'

export function createMovableStore(): MovableStore {
  let current = absentStore
  let tenure = new AbortController()
  const give = async (): Promise<void> => {
    const old = current
    current = absentStore
    tenure.abort(MOVED)
    await old.close()
  }
  return {
    store: {
      get: (...args) => current.get(...args),
      list: (...args) => current.list(...args),
      commit: (...args) => current.commit(...args),
      current: () => current.current(),
      watch: (...args) => current.watch(...args),
      compact: (...args) => current.compact(...args),
      close: give,
    },
    here: () => tenure.signal,
    endWatches: () => tenure.abort(),
    take: (store) => {
      current = store
      tenure = new AbortController()
    },
    give,
  }
}
