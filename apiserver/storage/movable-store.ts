import { absentStore } from './absent-store.ts'
import type { Store } from './port.ts'

/** A store that another process may get: while it is not here, every call throws StoreUnavailable. */
export type MovableStore = {
  readonly store: Store
  /** Aborts when watches of the store that is here now are to end. */
  here(): AbortSignal
  /** For when this process ends. The store itself stays for a while. */
  endWatches(): void
  take(store: Store): void
  /** Closes it. What is under way is done or refused, and nothing half: a commit is one step. */
  give(): Promise<void>
}

/** The reason of `here` when the store has gone to another process, where watches should go on at once. */
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
